// The intake against peers of all kinds, over a real socket.
#include "sources/intake_socket/intake.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <sys/socket.h>
#include <future>

#include "net/unix_socket.hpp"
#include "support/alerts.hpp"
#include "support/packets.hpp"
#include "support/pipeline_fixture.hpp"

namespace enrichd::test::intake_test {
namespace {

using namespace std::chrono_literals;

class IntakeTest : public PipelineFixture {
  protected:
    IntakeTest() {
        options_.allow = {std::to_string(::getuid())};
        options_.silence = 100ms;
        options_.patience = 30s;
        options_.connections = 4;
        intake_.emplace(io_, work_, submit_, options_);
        services_.spawn("intake", intake_->listen(*listen_unix(UnixSocket::packets, dir_ / "s", 0600, -1)));
        io_.poll();
    }
    Fd connect() const { return connect_nonblocking(dir_ / "s"); }
    /// The status that comes back, or -1 when the connection is closed without a word.
    int reply_on(const Fd& fd) {
        pollfd wait{fd.get(), POLLIN, 0};
        EXPECT_TRUE(run_until(io_, [&] { return ::poll(&wait, 1, 0) == 1; }));
        std::array<unsigned char, 64> bytes{};
        const ssize_t size = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
        return size > 0 ? wire_unpack_reply(bytes.data(), static_cast<std::size_t>(size)) : -1;
    }
    int status_of(const std::string& bytes) {
        const Fd fd = connect();
        EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        return reply_on(fd);
    }

    TempDir dir_;
    Recent recent_;
    Submit submit_{work_, pipeline_, recent_, {}};
    IntakeOptions options_;
    std::optional<Intake> intake_;
};

TEST_F(IntakeTest, AGoodAlertIsSafeAndEnriched) {
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_SAFE);
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("x.com") == 1; }));
    EXPECT_EQ(journal_.pending(), 0U);
    EXPECT_EQ(intake_->counts().received, 1U);
}

TEST_F(IntakeTest, AnAlertThatWaitsIsKeptAndItsSenderLetGo) {
    provider_.silent = true;
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_SAFE);
    ASSERT_EQ(kept().size(), 1U);
    EXPECT_EQ(kept()[0].alert.query, "x.com");
    EXPECT_EQ(intake_->connections(), 0U) << "it takes no connection's place";
}

TEST_F(IntakeTest, TheSameContentIsTakenOnceWhateverItsIdAndTheBlanksAtItsEnd) {
    EXPECT_EQ(status_of(packet(7, alert_for("x.com"))), WIRE_STATUS_SAFE);
    EXPECT_EQ(status_of(packet(8, alert_for("x.com") + " \n")), WIRE_STATUS_SAFE);
    EXPECT_EQ(intake_->counts().duplicates, 1U);
    EXPECT_EQ(provider_.asked_for.size(), 1U);
    EXPECT_EQ(status_of(packet(7, alert_for("x.com", "17.2"))), WIRE_STATUS_SAFE);
    EXPECT_EQ(intake_->counts().duplicates, 1U) << "another alert for the same name";
    EXPECT_EQ(intake_->counts().received, 2U);
}

TEST_F(IntakeTest, ACopyOfWhatIsNotSafeYetIsNotForgotten) {
    recent_.take(content_hash(alert_for("x.com"), Destination::siem));
    EXPECT_EQ(status_of(packet(8, alert_for("x.com"))), WIRE_STATUS_BUSY) << "the spool keeps it";
    EXPECT_EQ(intake_->counts().busy, 1U);
}

TEST_F(IntakeTest, BadPacketsAreRefusedByReasonAndTheNextIsServed) {
    EXPECT_EQ(status_of(""), WIRE_STATUS_BAD_PACKET) << "the kernel makes it look like one who left";
    EXPECT_EQ(status_of("x"), WIRE_STATUS_BAD_PACKET);
    EXPECT_EQ(status_of(std::string(100, 'x')), WIRE_STATUS_BAD_PACKET);
    std::string bytes = packet(1, "{}");
    bytes[4] = 2;
    EXPECT_EQ(status_of(bytes), WIRE_STATUS_BAD_PACKET);
    bytes = packet(1, "{}");
    bytes[5] = 0;
    EXPECT_EQ(status_of(bytes), WIRE_STATUS_BAD_PACKET);
    EXPECT_EQ(status_of(packet(1, "{}") + "more"), WIRE_STATUS_BAD_PACKET);
    EXPECT_EQ(status_of(packet(1, alert_for("x.com")) + std::string(WIRE_MAX_REQUEST, ' ')),
              WIRE_STATUS_BAD_PACKET);
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_SAFE);
    for (const char* reason :
         {"peer_gone", "packet_length", "packet_magic", "packet_version", "packet_kind", "packet_truncated"})
        EXPECT_GE(intake_->counts().rejected[reason], 1U) << reason;
}

TEST_F(IntakeTest, WhatIsNoAlertIsRefusedForGood) {
    EXPECT_EQ(status_of(packet(1, "no json")), WIRE_STATUS_NOT_AN_ALERT);
    EXPECT_EQ(status_of(packet(2, std::string(200, '['))), WIRE_STATUS_NOT_AN_ALERT);
    EXPECT_EQ(status_of(packet(3, "{}")), WIRE_STATUS_SAFE) << "a proper alert without a name";
    AlertReaderOptions short_ones;
    short_ones.max_alert_bytes = 1024;
    submit_.configure(short_ones);
    EXPECT_EQ(status_of(packet(4, alert_for("x.com"))), WIRE_STATUS_NOT_AN_ALERT);
    EXPECT_EQ(intake_->counts().rejected["too_long"], 1U);
}

TEST_F(IntakeTest, PeersThatAreNotAllowedAreSentAway) {
    options_.allow = {"4711"};
    intake_->configure(options_);
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_NOT_ALLOWED);
    EXPECT_EQ(intake_->counts().rejected["peer_not_allowed"], 1U);
    EXPECT_EQ(intake_->counts().received, 0U);
}

TEST_F(IntakeTest, DescriptorsNobodyAskedForAreClosed) {
    const Fd fd = connect();
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    ASSERT_TRUE(send_with_descriptors(fd, packet(1, alert_for("x.com")), writer, 50));
    EXPECT_EQ(reply_on(fd), WIRE_STATUS_BAD_PACKET);
    EXPECT_EQ(intake_->counts().rejected["packet_descriptors"], 1U);
    writer.reset();
    char byte = 0;
    EXPECT_EQ(::read(reader.get(), &byte, 1), 0) << "no copy of the writing end is left";
}

TEST_F(IntakeTest, ASilentClientIsCutAndOneThatLeavesIsForgotten) {
    const Fd silent = connect();
    { const Fd leaver = connect(); }
    EXPECT_TRUE(run_until(io_, [&] { return intake_->counts().rejected["peer_gone"] == 1; }));
    EXPECT_TRUE(run_until(io_, [&] { return intake_->counts().rejected["peer_silent"] == 1; }));
    EXPECT_EQ(intake_->connections(), 0U);
}

TEST_F(IntakeTest, NoMoreConnectionsThanConfiguredAndTheOthersWait) {
    std::vector<Fd> silent;
    for (int i = 0; i < 10; ++i) silent.push_back(connect());
    EXPECT_TRUE(run_until(io_, [&] { return intake_->connections() == 4; }));
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_SAFE)
        << "served when the silent ones are cut";
    EXPECT_LE(intake_->connections(), 4U);
}

TEST_F(IntakeTest, SilentConnectionsKeepNobodysPlace) {
    options_.silence = 1h;
    intake_->configure(options_);
    std::vector<Fd> silent;
    for (int i = 0; i < 1'000; ++i) silent.push_back(connect());
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_SAFE);
    EXPECT_LE(intake_->connections(), 4U);
    EXPECT_EQ(reply_on(silent.front()), WIRE_STATUS_BAD_PACKET) << "the oldest were cut";
    const std::string late = packet(2, alert_for("y.com"));
    EXPECT_EQ(::send(silent.back().get(), late.data(), late.size(), 0), static_cast<ssize_t>(late.size()));
    EXPECT_EQ(reply_on(silent.back()), WIRE_STATUS_SAFE) << "the youngest may still say something";
}

TEST_F(IntakeTest, AStrangerIsSentAwayBeforeHeSaysAnything) {
    options_.silence = 1h;
    options_.allow = {"4711"};
    intake_->configure(options_);
    std::vector<Fd> strangers;
    for (int i = 0; i < 100; ++i) strangers.push_back(connect());
    EXPECT_TRUE(run_until(io_, [&] { return intake_->counts().rejected["peer_not_allowed"] == 100; }));
    EXPECT_EQ(intake_->connections(), 0U);
    EXPECT_EQ(reply_on(strangers.front()), WIRE_STATUS_NOT_ALLOWED);
}

/// A bug in what is done at once.
class Throwing final : public Sink {
  public:
    std::vector<Undelivered> deliver(Event) override { throw std::runtime_error("a bug"); }
    std::size_t copies(const Event&) const override { return 1; }
    bool deliver_or_refuse(const Event&) override { throw std::runtime_error("a bug"); }
};

TEST_F(IntakeTest, AlertsThatAreAnsweredAtOnceLeaveTheOthersTheirTurn) {
    std::list<Fd> peers;
    for (int i = 0; i < 100; ++i) {
        const std::string bytes = packet(1, alert_for("server.corp", std::to_string(i)));
        peers.push_back(connect());
        EXPECT_EQ(::send(peers.back().get(), bytes.data(), bytes.size(), 0),
                  static_cast<ssize_t>(bytes.size()));
    }
    io_.restart();
    while (intake_->counts().received == 0) io_.poll_one();
    EXPECT_EQ(intake_->counts().received, 64U);
    io_.poll();
    EXPECT_EQ(intake_->counts().received, 100U);
}

TEST_F(IntakeTest, AnExceptionCostsOneAlertItsAnswerAndNobodyElseAnything) {
    Throwing sink;
    Pipeline pipeline(sink);
    DomainCheck domain_check(verdicts_, pipeline);
    pipeline.add(domain_check);
    Tasks work(io_);
    Submit submit(work, pipeline, recent_, {});
    Intake intake(io_, work, submit, options_);
    services_.spawn("intake", intake.listen(*listen_unix(UnixSocket::packets, dir_ / "t", 0600, -1)));
    io_.poll();
    cache_.put("new.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    const auto status = [&](const std::string& bytes) {
        const Fd fd = connect_nonblocking(dir_ / "t");
        EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        return reply_on(fd);
    };
    EXPECT_EQ(status(packet(1, alert_for("new.com"))), WIRE_STATUS_BUSY) << "its sender spools it";
    EXPECT_EQ(work.failures(), 1U);
    EXPECT_EQ(status(packet(2, "{}")), WIRE_STATUS_SAFE);
    EXPECT_EQ(intake.connections(), 0U);
    EXPECT_EQ(recent_.take(content_hash(alert_for("new.com"), Destination::siem)), Recent::Seen::never)
        << "it may come again";
    services_.cancel();
    run(io_, services_.drained(Clock::now() + 5s));
}

TEST_F(IntakeTest, ASenderIsLetGoOfWhileTheStateFileHangsAndItsCopyIsKnown) {
    IntakeOptions quick = options_;
    quick.patience = 1ms;
    intake_->configure(quick);
    std::promise<void> answers;
    database_.run_surely([hangs = answers.get_future().share()](StateFile&) { hangs.wait(); });
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(status_of(packet(1, alert_for("x" + std::to_string(i) + ".com"))), WIRE_STATUS_BUSY);
    EXPECT_EQ(intake_->connections(), 0U) << "their places are free";
    answers.set_value();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 10; }));
    EXPECT_EQ(status_of(packet(1, alert_for("x3.com"))), WIRE_STATUS_SAFE) << "as the spool would see it";
    EXPECT_EQ(intake_->counts().duplicates, 1U);
}

TEST_F(IntakeTest, WhatCannotBeKeptIsSentAwayAndMayComeAgain) {
    Journal full(database_, outbox_, 0);
    ASSERT_TRUE(run(io_, full.load()));
    pipeline_.keep_in(full);
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_BUSY);
    EXPECT_EQ(intake_->counts().busy, 1U);
    EXPECT_EQ(intake_->counts().received, 0U) << "it is received when the spool brings it";
    pipeline_.keep_in(journal_);
    EXPECT_EQ(status_of(packet(1, alert_for("x.com"))), WIRE_STATUS_SAFE);
    EXPECT_EQ(intake_->counts().duplicates, 0U);
}

std::string response(const std::string& name, const std::string& command = "add") {
    return R"({"version":1,"command":")" + command +
           R"(","parameters":{"alert":{"id":"17.4","agent":{"id":"001"},)" +
           R"("data":{"integration":"dnsstat","dnsstat":{"query":")" + name + R"(","category":"NEW"}}}}})";
}

TEST_F(IntakeTest, TheLineOfAnActiveResponseIsCheckedAgainstOtxAlone) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    EXPECT_EQ(status_of(packet(1, response("x.com"), "", WIRE_KIND_ACTIVE_RESPONSE)), WIRE_STATUS_SAFE);
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
    EXPECT_EQ(sink_.events[0].destination, Destination::active_response);
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_EQ(intake_->counts().active_responses, 1U);
}

TEST_F(IntakeTest, AnotherCommandOfAnActiveResponseIsAcknowledgedAndIgnored) {
    with_otx();
    EXPECT_EQ(status_of(packet(1, response("x.com", "delete"), "", WIRE_KIND_ACTIVE_RESPONSE)),
              WIRE_STATUS_SAFE);
    EXPECT_EQ(intake_->counts().rejected["other_command"], 1U);
    EXPECT_EQ(status_of(packet(2, "no json", "", WIRE_KIND_ACTIVE_RESPONSE)), WIRE_STATUS_NOT_AN_ALERT);
    EXPECT_TRUE(http_.targets.empty());
}

}  // namespace
}  // namespace enrichd::test::intake_test
