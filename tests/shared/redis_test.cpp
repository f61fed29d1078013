#include "shared/redis.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/tasks.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace enrichd::test::redis_test {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 1> scripts{"return {KEYS[1], ARGV[1]}"};

class RedisTest : public testing::Test {
  protected:
    ~RedisTest() override {
        services_.cancel();
        run(io_, drain());
    }
    task<void> drain() { co_await services_.drained(Clock::now() + patience); }
    void use(const RedisServer& server, RedisOptions options = {}) {
        options.upstream = {"127.0.0.1", server.port(), false, {}, {}};
        options.timeout = 2s;
        redis_.configure(options);
        services_.spawn("redis", redis_.serve());
    }
    result<RedisReply> ask(RedisCommand command) { return run(io_, redis_.run(std::move(command))); }
    bool answers() {
        return run_until(io_, [this] { return redis_.is_connected(); });
    }

    asio::io_context io_{1};
    Tasks services_{io_};
    Lookup lookup_{io_};
    Redis redis_{io_, lookup_, scripts};
};

TEST_F(RedisTest, AnswersCommandsAndScripts) {
    const RedisServer server;
    use(server);
    EXPECT_EQ(ask({"SET", "a", "1"})->text, "OK");
    EXPECT_EQ(ask({"GET", "a"})->text, "1");
    EXPECT_EQ(ask({"GET", "b"})->kind, RedisReply::Kind::nothing);
    const auto reply = run(io_, redis_.run_script(0, {"k"}, {"v"}));
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->list.at(1).text, "v");
}

TEST_F(RedisTest, SendsTogetherWhatIsAskedAtTheSameTime) {
    const RedisServer server;
    use(server);
    EXPECT_EQ(ask({"PING"})->text, "PONG");
    const std::uint64_t before = redis_.counts().batches;
    int good = 0;
    const auto one = [&](int number) -> task<void> {
        RedisCommand command{"SET", "key" + std::to_string(number), "x"};
        const auto reply = co_await redis_.run(std::move(command));
        good += reply ? 1 : 0;
    };
    for (int i = 0; i < 500; ++i) asio::co_spawn(io_, one(i), asio::detached);
    EXPECT_TRUE(run_until(io_, [&] { return good == 500; }));
    EXPECT_LE(redis_.counts().batches - before, 3U);
}

TEST_F(RedisTest, KnowsTheScriptsAfterARestartOfTheServer) {
    RedisServer server;
    use(server);
    EXPECT_TRUE(run(io_, redis_.run_script(0, {"k"}, {"v"})).has_value());
    server.crash();
    server.start();
    EXPECT_TRUE(run_until(io_, [&] { return run(io_, redis_.run_script(0, {"k"}, {"v"})).has_value(); }));
}

TEST_F(RedisTest, KnowsTheScriptsAfterSomebodyHasRemovedThem) {
    const RedisServer server;
    use(server);
    EXPECT_TRUE(run(io_, redis_.run_script(0, {"k"}, {"v"})).has_value());
    server.says({"SCRIPT", "FLUSH"});
    EXPECT_TRUE(run(io_, redis_.run_script(0, {"k"}, {"v"})).has_value()) << "in the same call";
}

TEST_F(RedisTest, FailsAtOnceWhileTheServerIsAway) {
    RedisServer server;
    use(server);
    EXPECT_TRUE(ask({"PING"}).has_value());
    server.crash();
    EXPECT_TRUE(run_until(io_, [&] { return !ask({"PING"}).has_value(); }));
    EXPECT_TRUE(run_until(io_, [&] { return redis_.trouble().has_value(); }));
    EXPECT_EQ(ask({"PING"}).error(), errc::refused);
    EXPECT_EQ(redis_.waiting(), 0U);
    server.start();
    EXPECT_TRUE(run_until(io_, [&] { return ask({"PING"}).has_value(); })) << "without a restart of ours";
    EXPECT_FALSE(redis_.trouble());
}

TEST_F(RedisTest, WaitsForASilentServerNoLongerThanTheTimeout) {
    RedisServer server;
    RedisOptions options;
    use(server);
    EXPECT_TRUE(ask({"PING"}).has_value());
    options.upstream = {"127.0.0.1", server.port(), false, {}, {}};
    options.timeout = 20ms;
    redis_.configure(options);
    EXPECT_TRUE(run_until(io_, [&] { return ask({"PING"}).has_value(); }));
    server.freeze();
    EXPECT_EQ(ask({"PING"}).error(), errc::deadline);
    EXPECT_TRUE(run_until(io_, [&] { return ask({"PING"}).error() == errc::deadline && redis_.trouble(); }));
    server.thaw();
    EXPECT_TRUE(run_until(io_, [&] { return ask({"PING"}).has_value(); }));
}

TEST_F(RedisTest, GivesUserAndPassword) {
    RedisServer server({"--requirepass", "the-secret"});
    server.says({"ACL", "SETUSER", "enrichd", "on", ">another-secret", "~*", "+@all"}, {"-a", "the-secret"});
    RedisOptions options;
    options.user = "enrichd";
    options.password = Secret("another-secret");
    options.database = 3;
    use(server, options);
    EXPECT_TRUE(ask({"SET", "a", "1"}).has_value());
    EXPECT_EQ(server.says({"GET", "a"}, {"-a", "the-secret", "-n", "3"}), "1");
}

TEST_F(RedisTest, SaysThatThePasswordIsWrong) {
    const RedisServer server({"--requirepass", "the-secret"});
    RedisOptions options;
    options.password = Secret("guess");
    use(server, options);
    EXPECT_TRUE(run_until(io_, [&] { return redis_.trouble().has_value(); }));
    EXPECT_EQ(*redis_.trouble(), errc::redis_auth);
}

TEST_F(RedisTest, GoesOnWithoutAServerThatSpeaksAnotherProtocol) {
    const RedisServer server;
    use(server);
    EXPECT_TRUE(answers());
    EXPECT_EQ(ask({"NO-SUCH-COMMAND", "internal.example"}).error(), errc::redis_failure);
    EXPECT_TRUE(ask({"PING"}).has_value()) << "one bad command is its own affair";
}

TEST_F(RedisTest, SaysThatTheMemoryOfTheServerIsFull) {
    const RedisServer server({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
    use(server);
    EXPECT_EQ(ask({"SET", "a", "1"}).error(), errc::redis_full);
}

TEST_F(RedisTest, IsOffWithoutAServer) {
    services_.spawn("redis", redis_.serve());
    EXPECT_FALSE(redis_.on());
    io_.poll();
    EXPECT_FALSE(redis_.is_connected());
}

}  // namespace
}  // namespace enrichd::test::redis_test
