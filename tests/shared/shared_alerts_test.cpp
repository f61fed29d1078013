#include "shared/shared_alerts.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "net/tasks.hpp"
#include "shared/scripts.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace enrichd::test::shared_alerts_test {
namespace {

using namespace std::chrono_literals;

class Host {
  public:
    Host(asio::io_context& io, Tasks& services, const RedisServer& server, std::uint64_t state,
         const std::string& node)
        : io_(io), redis_(io, lookup_, shared_scripts::all), alerts_(redis_) {
        RedisOptions options;
        options.upstream = {"127.0.0.1", server.port(), false, {}, {}};
        options.timeout = 5s;
        redis_.configure(options);
        alerts_.configure("{test}", node, 24h);
        if (state > 0) alerts_.known_as(state);
        services.spawn("redis", redis_.serve());
        services.spawn("agents", alerts_.keep_written());
    }
    Elsewhere ask(std::vector<std::uint64_t> events, const std::string& domain, const std::string& agent) {
        return run(io_, alerts_.before_report(std::move(events), domain, agent));
    }
    Elsewhere ask(std::uint64_t event, const std::string& domain, const std::string& agent) {
        return ask(std::vector{event}, domain, agent);
    }
    /// Whether another host reports the event.
    bool elsewhere(std::uint64_t event, const std::string& domain = "example.com",
                   const std::string& agent = "001") {
        return ask(event, domain, agent).reported == std::vector{true};
    }
    /// As the heartbeat of a host does. True when the server answers.
    bool probe() { return run(io_, redis_.run({"PING"}, Redis::Kind::probe)).has_value(); }
    SharedAlerts& alerts() { return alerts_; }
    const Counters& commands() const { return redis_.counts().commands; }

  private:
    asio::io_context& io_;
    Lookup lookup_{io_};
    Redis redis_;
    SharedAlerts alerts_;
};

class SharedAlertsTest : public testing::Test {
  protected:
    ~SharedAlertsTest() override {
        services_.cancel();
        run(io_, drain());
    }
    task<void> drain() { co_await services_.drained(Clock::now() + patience); }

    asio::io_context io_{1};
    Tasks services_{io_};
    RedisServer server_;
    Host a_{io_, services_, server_, 1, "a"};
    Host b_{io_, services_, server_, 2, "b"};
};

TEST_F(SharedAlertsTest, AnEventIsReportedByTheHostThatAsksFirst) {
    EXPECT_FALSE(a_.elsewhere(7));
    EXPECT_TRUE(b_.elsewhere(7));
    EXPECT_FALSE(b_.elsewhere(8));
    EXPECT_EQ(b_.alerts().counts().reports["another_host"], 1U);
}

TEST_F(SharedAlertsTest, TheSameHostIsToldTheSameAgain) {
    EXPECT_FALSE(a_.elsewhere(7));
    EXPECT_FALSE(a_.elsewhere(7));  // after a crash, or for its next event
}

TEST_F(SharedAlertsTest, AHostWithAnotherNameOrAnotherStateFileIsTheSameHost) {
    EXPECT_FALSE(a_.elsewhere(7));
    a_.alerts().configure("{test}", "renamed", 24h);
    EXPECT_FALSE(a_.elsewhere(7));
    // 2026-12-01: a power cut took a state file that was a moment old, and an alert that came again was lost.
    a_.alerts().configure("{test}", "a", 24h);
    a_.alerts().known_as(3);
    EXPECT_FALSE(a_.elsewhere(7));
    a_.alerts().configure("{test}", "renamed", 24h);
    EXPECT_TRUE(a_.elsewhere(7));
}

TEST_F(SharedAlertsTest, TheAgentsOfAllHostsAreCounted) {
    const Elsewhere first = a_.ask(1, "example.com", "001");
    EXPECT_EQ(first.agents, 1U);
    EXPECT_EQ(first.agent_is_new, true);
    b_.ask(2, "example.com", "002");
    const Elsewhere third = b_.ask(3, "example.com", "001");  // the agent reports to another manager now
    EXPECT_EQ(third.agents, 2U);
    EXPECT_EQ(third.agent_is_new, false);
    EXPECT_EQ(a_.ask(4, "example.net", "001").agents, 1U);
}

TEST_F(SharedAlertsTest, AgentsWithoutAnEventAreWrittenLater) {
    a_.ask(1, "example.com", "000");  // it is connected
    for (int agent = 1; agent <= 500; ++agent) a_.alerts().note_agent("example.com", std::to_string(agent));
    EXPECT_TRUE(run_until(io_, [&] { return a_.alerts().counts().agents == 500; }));
    const std::uint32_t agents = b_.ask(2, "example.com", "000").agents;
    EXPECT_GT(agents, 480U);  // HyperLogLog: a standard error of 0.81 per cent
    EXPECT_LT(agents, 520U);
    EXPECT_EQ(a_.alerts().counts().agents, 500U);
}

TEST_F(SharedAlertsTest, WhileTheServerIsDownAgentsWaitForIt) {
    a_.ask(1, "example.com", "000");
    server_.crash();
    EXPECT_FALSE(a_.probe());
    const Elsewhere alone = a_.ask(2, "example.com", "001");
    EXPECT_TRUE(alone.reported.empty());
    EXPECT_EQ(alone.agents, 0U);
    EXPECT_FALSE(alone.agent_is_new);
    a_.alerts().note_agent("example.com", "001");
    a_.alerts().note_agent("example.com", "002");
    server_.start();
    EXPECT_TRUE(eventually([&] { return a_.probe(); }));
    EXPECT_TRUE(run_until(io_, [&] { return a_.alerts().counts().agents == 2; }));
    EXPECT_GE(b_.ask(3, "example.com", "002").agents, 2U);
}

TEST_F(SharedAlertsTest, NoMoreThanABoundWaits) {
    server_.crash();
    for (std::size_t i = 0; i < SharedAlerts::most_waiting + 3; ++i)
        a_.alerts().note_agent("example.com", std::to_string(i));
    EXPECT_EQ(a_.alerts().waiting(), SharedAlerts::most_waiting);
    EXPECT_EQ(a_.alerts().counts().dropped, 3U);
}

TEST_F(SharedAlertsTest, ADomainThatMustNotLeaveIsNeitherCountedNorWritten) {
    a_.alerts().filter_by([](const std::string& domain) { return domain != "internal.com"; });
    const Elsewhere found = a_.ask(1, "internal.com", "001");
    EXPECT_EQ(found.reported, std::vector{false});
    EXPECT_EQ(found.agents, 0U);
    a_.alerts().note_agent("internal.com", "001");
    a_.alerts().note_agent("example.com", "001");
    EXPECT_TRUE(run_until(io_, [&] { return a_.alerts().counts().agents == 1; }));
    EXPECT_EQ(server_.says({"EXISTS", "{test}:a:internal.com"}), "0");
    EXPECT_EQ(server_.says({"EXISTS", "{test}:a:example.com"}), "1");
}

TEST_F(SharedAlertsTest, AKeyOfAnotherTypeIsReplaced) {
    server_.says({"LPUSH", "{test}:a:example.com", "x"});
    server_.says({"LPUSH", "{test}:e:7", "x"});
    const Elsewhere found = a_.ask(7, "example.com", "001");
    EXPECT_EQ(found.reported, std::vector{false});
    EXPECT_EQ(found.agents, 1U);
    EXPECT_TRUE(b_.elsewhere(7));
}

TEST_F(SharedAlertsTest, AnAnswerThatNamesNoHostIsNone) {
    for (const char* const holder : {"", "x", "zz b", " b"}) {
        server_.says({"SET", "{test}:e:7", holder});
        const Elsewhere found = a_.ask(7, "example.com", "001");
        EXPECT_TRUE(found.reported.empty()) << holder;
        EXPECT_EQ(found.agents, 0U);
    }
    EXPECT_EQ(a_.alerts().counts().reports["alone"], 4U);
}

TEST_F(SharedAlertsTest, EachEventOfAnAlertHasItsHost) {
    EXPECT_EQ(a_.ask({7, 8}, "example.com", "001").reported, (std::vector{false, false}));
    EXPECT_EQ(b_.ask({8, 9, 7}, "example.com", "001").reported, (std::vector{true, false, true}));
    EXPECT_EQ(a_.ask(9, "example.com", "").reported, (std::vector{true}));
    EXPECT_EQ(b_.alerts().counts().reports["another_host"], 2U);
}

TEST_F(SharedAlertsTest, WithoutAnEventOnlyTheAgentIsCounted) {
    const Elsewhere found = a_.ask(std::vector<std::uint64_t>(), "example.com", "001");
    EXPECT_TRUE(found.reported.empty());
    EXPECT_EQ(found.agents, 1U);
}

TEST_F(SharedAlertsTest, AnAgentIsNewForTheAlertThatItHasAskedWith) {
    EXPECT_EQ(a_.ask(7, "example.com", "001").agent_is_new, true);
    EXPECT_FALSE(b_.ask(7, "example.com", "001").agent_is_new.has_value()) << "the same alert: not known";
    EXPECT_EQ(b_.ask(8, "example.com", "001").agent_is_new, false);
}

TEST_F(SharedAlertsTest, AnAgentMayBeNewWhenItsCommandWasSentTwice) {
    EXPECT_EQ(a_.ask(7, "example.com", "001").agent_is_new, true);
    server_.says({"SCRIPT", "FLUSH"});  // then the next one is sent again
    const Elsewhere found = a_.ask(8, "example.com", "001");
    EXPECT_FALSE(found.agent_is_new.has_value()) << "the first time may have counted it";
    EXPECT_EQ(found.agents, 1U);
    EXPECT_EQ(a_.ask(9, "example.com", "001").agent_is_new, false);
}

// 2026-12-01: a command that the server refused was tried first, and no agent was written any more.
TEST_F(SharedAlertsTest, AgentsThatTheServerRefusesAreWrittenWhenItTakesThem) {
    a_.ask(1, "example.com", "000");  // it is connected
    server_.says({"CONFIG", "SET", "min-replicas-to-write", "1"});
    a_.alerts().note_agent("example.com", "001");
    EXPECT_TRUE(run_until(io_, [&] { return a_.commands()["redis_failure"] > 0; }));
    EXPECT_EQ(a_.alerts().waiting(), 1U);
    EXPECT_EQ(a_.alerts().counts().dropped, 0U);
    server_.says({"CONFIG", "SET", "min-replicas-to-write", "0"});
    EXPECT_TRUE(run_until(io_, [&] { return a_.alerts().counts().agents == 1; }));
}

TEST_F(SharedAlertsTest, IdsOfAgentsAreHidden) {
    server_.says({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
    a_.ask(7, "example.com", "secret-agent");
    a_.alerts().note_agent("example.com", "secret-agent");
    EXPECT_TRUE(run_until(io_, [&] { return a_.alerts().counts().agents == 1; }));
    const std::string commands = server_.says({"SLOWLOG", "GET", "100"});
    EXPECT_NE(commands.find("example.com"), std::string::npos) << commands;
    EXPECT_EQ(commands.find("secret-agent"), std::string::npos) << commands;
}

TEST_F(SharedAlertsTest, ADamagedCountBeginsAnew) {
    a_.ask(1, "example.com", "001");
    const std::string begin = server_.says({"GETRANGE", "{test}:a:example.com", "0", "15"});
    server_.says({"SET", "{test}:a:example.com", "HYLL"});  // no header behind it
    EXPECT_EQ(b_.ask(2, "example.com", "002").agents, 1U);
    server_.says({"SETRANGE", "{test}:a:example.com", "16", "\x7f\xff\x7f\xff"});
    EXPECT_GE(b_.ask(3, "example.com", "003").agents, 1U);
    a_.alerts().note_agent("example.com", "004");
    EXPECT_TRUE(run_until(io_, [&] { return a_.alerts().waiting() == 0; }));
}

TEST_F(SharedAlertsTest, NothingIsSharedBeforeTheHostIsKnown) {
    Host c(io_, services_, server_, 0, "c");
    EXPECT_FALSE(c.alerts().share());
    c.alerts().known_as(3);
    EXPECT_TRUE(c.alerts().share());
    services_.cancel();
    run(io_, drain());
}

}  // namespace
}  // namespace enrichd::test::shared_alerts_test
