#include "sources/intake_socket/pending_senders.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "support/run.hpp"

namespace enrichd::test::pending_senders_test {
namespace {

using namespace std::chrono_literals;

class PendingSendersTest : public testing::Test {
  protected:
    /// The other end of a new connection whose alert has `receiver`.
    Fd add(Clock::duration patience, std::unique_ptr<Receiver>& receiver) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        IntakeSender sender(Fd(ends[0]), IntakeConnections::Slot(connections_), busy_);
        receiver = pending_.add(std::move(sender), patience);
        return Fd(ends[1]);
    }
    /// The status that came, or -1 when none did.
    static int status_on(const Fd& fd) {
        std::array<unsigned char, 64> bytes{};
        const ssize_t size = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
        return size > 0 ? wire_unpack_reply(bytes.data(), static_cast<std::size_t>(size)) : -1;
    }

    asio::io_context io_;
    IntakeConnections connections_{io_, 10};
    PendingSenders pending_{io_};
    std::uint64_t busy_ = 0;
};

TEST_F(PendingSendersTest, AreAnsweredOnceAsTheirAlertsAreSettled) {
    std::unique_ptr<Receiver> first;
    std::unique_ptr<Receiver> second;
    std::unique_ptr<Receiver> third;
    const Fd safe = add(1h, first);
    const Fd unsafe = add(1h, second);
    const Fd dropped = add(1h, third);
    EXPECT_EQ(connections_.open(), 3U);
    first->settled(true);
    second->settled(false);
    third.reset();
    EXPECT_EQ(connections_.open(), 0U);
    first->settled(false);
    first.reset();
    second.reset();
    EXPECT_EQ(status_on(safe), WIRE_STATUS_SAFE);
    EXPECT_EQ(status_on(safe), -1);
    EXPECT_EQ(status_on(unsafe), WIRE_STATUS_BUSY);
    EXPECT_EQ(status_on(dropped), WIRE_STATUS_BUSY);
    EXPECT_EQ(busy_, 2U);
    EXPECT_EQ(io_.poll(), 1U) << "nothing but the end of the timer";
}

TEST_F(PendingSendersTest, AreAnsweredBusyWhenTheyHaveWaitedLongEnoughAndTheOthersWait) {
    std::unique_ptr<Receiver> first;
    std::unique_ptr<Receiver> second;
    std::unique_ptr<Receiver> third;
    const Fd short_one = add(1ms, first);
    const Fd next = add(2ms, second);
    const Fd long_one = add(1h, third);
    EXPECT_TRUE(run_until(io_, [&] { return busy_ == 2; }));
    EXPECT_EQ(status_on(short_one), WIRE_STATUS_BUSY);
    EXPECT_EQ(status_on(next), WIRE_STATUS_BUSY);
    EXPECT_EQ(connections_.open(), 1U);
    EXPECT_EQ(status_on(long_one), -1);
    first->settled(true);  // the alert is safe now, and its sender has left
    third->settled(true);
    EXPECT_EQ(status_on(long_one), WIRE_STATUS_SAFE);
    EXPECT_EQ(busy_, 2U);
}

}  // namespace
}  // namespace enrichd::test::pending_senders_test
