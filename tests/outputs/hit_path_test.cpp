// What an alert costs whose verdict is known, counted from its packet to its event, through the real parts.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "fakes/fake_wazuh_queue.hpp"
#include "net/unix_socket.hpp"
#include "outputs/outputs.hpp"
#include "outputs/wazuh_queue/wazuh_queue.hpp"
#include "sources/intake_socket/intake.hpp"
#include "support/alerts.hpp"
#include "support/packets.hpp"
#include "support/pipeline_fixture.hpp"
#include "support/verdicts.hpp"

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

#ifndef ENRICHD_SANITIZED  // they bring their own

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

#endif

namespace enrichd::test::hit_path_test {
namespace {

/// For one alert with an event: what the alert's texts, the name, the verdict, the event and its place among
/// the recent alerts need; and with OTX, of which what it says is known, its questions. docs/performance.md
/// quotes them.
constexpr std::size_t hit_path_allocations = 16;
constexpr std::size_t hit_path_allocations_with_otx = 24;

class HitPathTest : public PipelineFixture {
  protected:
    HitPathTest() {
        outputs_.add(std::make_unique<WazuhQueue>((home_ / "queue/sockets/queue").string()));
        pipeline_to_wazuh_.keep_in(journal_);
        pipeline_to_wazuh_.add(its_domain_check_);
        IntakeOptions options;
        options.allow = {std::to_string(::getuid())};
        intake_.emplace(io_, work_, submit_, options);
        services_.spawn("intake", intake_->listen(*listen_unix(UnixSocket::packets, home_ / "s", 0600, -1)));
        io_.poll();
        cache_.put("known.com", typical_verdict(), std::chrono::hours(1), Clock::now());
    }

    /// Allocations from the packet that waits to the answer.
    std::size_t hand_over(int number) {
        const std::string bytes =
            packet(1, alert_for("www.known.com", "1795493062." + std::to_string(number)));
        const Fd fd = connect_nonblocking(home_ / "s");
        EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        const std::size_t before = allocations;
        io_.restart();
        io_.poll();
        const std::size_t after = allocations;
        std::array<unsigned char, 64> reply{};
        const ssize_t size = ::recv(fd.get(), reply.data(), reply.size(), MSG_DONTWAIT);
        EXPECT_EQ(size, static_cast<ssize_t>(WIRE_REPLY_SIZE));
        EXPECT_EQ(wire_unpack_reply(reply.data(), WIRE_REPLY_SIZE), WIRE_STATUS_SAFE);
        return after - before;
    }

    /// Of two hundred alerts, the last hundred: before, tables grow and connections are made.
    void expect_at_most(std::size_t named) {
        std::size_t most = 0;
        for (int i = 0; i < 200; ++i) {
            const std::size_t allocated = hand_over(i);
            if (i >= 100) most = std::max(most, allocated);
            EXPECT_EQ(queue_.messages().size(), static_cast<std::size_t>(i) + 1)
                << "a kernel's queue may hold no more than ten";
        }
        EXPECT_LE(most, named);
#ifndef ENRICHD_SANITIZED
        EXPECT_GE(most, named / 2) << "fewer: lower the number";
#endif
        RecordProperty("allocations", static_cast<int>(most));
    }

    TempDir home_;
    fakes::FakeWazuhQueue queue_{home_.path()};
    Outputs outputs_{io_, outbox_};
    Pipeline pipeline_to_wazuh_{outputs_};
    DomainCheck its_domain_check_{verdicts_, pipeline_to_wazuh_};
    OtxStage its_otx_stage_{reputation_};
    Recent recent_;
    Submit submit_{work_, pipeline_to_wazuh_, recent_, {}};
    std::optional<Intake> intake_;
};

TEST_F(HitPathTest, IsDoneWithAtOnceAndAllocatesLittle) {
    expect_at_most(hit_path_allocations);
}

TEST_F(HitPathTest, IsDoneWithAtOnceWhenOtxIsAskedTooAndItsAnswersAreKnown) {
    pipeline_to_wazuh_.add(its_otx_stage_);
    for (const OtxQuestion& one :
         {OtxQuestion{OtxSubject::hostname, "www.known.com"}, OtxQuestion{OtxSubject::domain, "known.com"}})
        otx_cache_.put(one.key(), std::make_shared<const OtxVerdict>(), std::chrono::hours(1), Clock::now());
    expect_at_most(hit_path_allocations_with_otx);
    EXPECT_TRUE(http_.targets.empty());
}

}  // namespace
}  // namespace enrichd::test::hit_path_test
