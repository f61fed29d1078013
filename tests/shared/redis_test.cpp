#include "shared/redis.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "fakes/test_ca.hpp"
#include "net/tasks.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

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
    result<RedisReply> ask(RedisCommand command) {
        return run(io_, redis_.run(std::move(command), Redis::Kind::probe));
    }
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
    EXPECT_FALSE(run(io_, redis_.run_script(0, {"k"}, {"v"})).value().repeated);
    server.says({"SCRIPT", "FLUSH"});
    const auto again = run(io_, redis_.run_script(0, {"k"}, {"v"}));
    ASSERT_TRUE(again.has_value()) << "in the same call";
    EXPECT_TRUE(again->repeated);
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

TEST_F(RedisTest, SpeaksTlsWithAServerThatItTrusts) {
    const TempDir dir;
    const fakes::TestCa ca;
    const auto pems = ca.pems({});
    write_file(dir / "ca.pem", ca.pem());
    write_file(dir / "server.pem", pems.certificate);
    write_file(dir / "server.key", pems.key);
    const std::uint16_t port = free_port();
    const RedisServer server({"--tls-port", std::to_string(port), "--tls-cert-file", dir / "server.pem",
                              "--tls-key-file", dir / "server.key", "--tls-ca-cert-file", dir / "ca.pem",
                              "--tls-auth-clients", "no"});
    RedisOptions options;
    options.upstream = {"127.0.0.1", port, true, dir / "ca.pem", {}};
    options.timeout = 2s;
    redis_.configure(options);
    services_.spawn("redis", redis_.serve());
    EXPECT_EQ(ask({"PING"})->text, "PONG");
    write_file(dir / "ca.pem", fakes::TestCa().pem());  // an authority that did not sign it
    options.upstream.host = "localhost";
    redis_.configure(options);
    EXPECT_TRUE(run_until(io_, [&] { return redis_.trouble().has_value(); }));
    EXPECT_EQ(*redis_.trouble(), errc::certificate_untrusted);
}

TEST_F(RedisTest, FollowsAServerOfAClusterToAnother) {
    RedisServer other({"--cluster-enabled", "yes"});
    RedisServer first({"--cluster-enabled", "yes"});
    // Each has one of two halves, and knows of the other.
    other.says({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
    first.says({"CLUSTER", "MEET", "127.0.0.1", std::to_string(other.port())});
    ASSERT_TRUE(eventually([&] {
        return first.says({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos;
    }));
    use(first);
    EXPECT_TRUE(run_until(io_, [&] { return ask({"SET", "{enrichd}:a", "1"}).has_value(); }));
    EXPECT_EQ(other.says({"GET", "{enrichd}:a"}), "1");
}

TEST_F(RedisTest, AsksSentinelWhereTheServerIs) {
    const RedisServer server;
    const TempDir dir;
    const std::uint16_t port = free_port();
    write_file(dir / "sentinel.conf", "port " + std::to_string(port) + "\nbind 127.0.0.1\ndir " +
                                          dir.path().string() + "\nsentinel monitor the-master 127.0.0.1 " +
                                          std::to_string(server.port()) + " 1\n");
    const Child sentinel(Command{
        "/usr/bin/redis-server", {"redis-server", dir / "sentinel.conf", "--sentinel"}, {}, dir / "log"});
    RedisOptions options;
    options.upstream = {"127.0.0.1", port, false, {}, {}};
    options.master = "the-master";
    options.timeout = 2s;
    redis_.configure(options);
    services_.spawn("redis", redis_.serve());
    EXPECT_TRUE(run_until(io_, [&] { return ask({"SET", "a", "1"}).has_value(); }));
    EXPECT_EQ(server.says({"GET", "a"}), "1");
    options.master = "another";
    redis_.configure(options);
    EXPECT_TRUE(run_until(io_, [&] { return redis_.trouble() == error(errc::redis_no_master); }));
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

TEST_F(RedisTest, SendsNothingButProbesToAServerThatIsTooSlow) {
    RedisServer server;
    use(server);
    EXPECT_TRUE(ask({"PING"}).has_value());
    RedisOptions options;
    options.upstream = {"127.0.0.1", server.port(), false, {}, {}};
    options.timeout = 20ms;
    redis_.configure(options);
    EXPECT_TRUE(run_until(io_, [&] { return ask({"PING"}).has_value(); }));
    int late = 0;
    EXPECT_TRUE(run_until(io_, [&] {
        server.says({"CLIENT", "PAUSE", "100"});
        late += ask({"PING"}).error() == errc::deadline ? 1 : 0;
        return redis_.trouble().has_value();
    }));
    EXPECT_GE(late, 3) << "one that is late is none yet";
    EXPECT_EQ(*redis_.trouble(), errc::deadline);
    EXPECT_EQ(run(io_, redis_.run({"PING"})).error(), errc::deadline) << "at once";
    EXPECT_TRUE(run_until(io_, [&] { return ask({"PING"}).has_value(); }));
    EXPECT_FALSE(redis_.trouble());
    EXPECT_TRUE(run(io_, redis_.run({"PING"})).has_value());
}

TEST_F(RedisTest, IsOffWithoutAServer) {
    services_.spawn("redis", redis_.serve());
    EXPECT_FALSE(redis_.on());
    io_.poll();
    EXPECT_FALSE(redis_.is_connected());
}

}  // namespace
}  // namespace enrichd::test::redis_test
