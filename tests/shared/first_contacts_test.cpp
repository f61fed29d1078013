#include "shared/first_contacts.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "net/tasks.hpp"
#include "shared/scripts.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::first_contacts_test {
namespace {

using namespace std::chrono_literals;

const WallTime now{1'795'492'550s};

/// One host, with a state file of its own.
class Host {
  public:
    Host(asio::io_context& io, Tasks& services, const RedisServer& server, const std::string& name)
        : io_(io),
          database_(io, {dir_ / "enrichd.db"}),
          redis_(io, lookup_, shared_scripts::all),
          contacts_(redis_) {
        RedisOptions options;
        options.upstream = {"127.0.0.1", server.port(), false, {}, {}};
        options.timeout = 5s;
        redis_.configure(options);
        contacts_.configure("{test}", name, 24h);
        services.spawn("redis", redis_.serve());
        services.spawn("contacts", contacts_.keep_reported(domains_, snapshot_));
    }

    Contact ask(const std::string& domain, bool reported = false) {
        Contact contact = run(io_, domains_.note(domain, now, reported)).value();
        run(io_, contacts_.claim(domain, contact));
        return contact;
    }
    void report(const std::string& domain) {
        EXPECT_FALSE(run(io_, domains_.mark_reported({"domain_stats", domain, "{}", now + 1h})));
    }
    /// As the heartbeat of a host does.
    void probe() { run(io_, redis_.run({"PING"}, Redis::Kind::probe)); }
    void filter_by(std::function<bool(const std::string&)> may_leave) {
        contacts_.filter_by(std::move(may_leave));
    }
    void server_is(const std::string& identity) { contacts_.server_is(identity); }
    std::uint64_t reports() const { return contacts_.counts().reports; }
    std::uint64_t twice() const { return contacts_.counts().twice; }

  private:
    TempDir dir_;
    asio::io_context& io_;
    Lookup lookup_{io_};
    Database database_;
    Domains domains_{database_, 1'000};
    Snapshot snapshot_{database_, 1'000};
    Redis redis_;
    SharedContacts contacts_;
};

class SharedContactsTest : public testing::Test {
  protected:
    ~SharedContactsTest() override {
        services_.cancel();
        run(io_, drain());
    }
    task<void> drain() { co_await services_.drained(Clock::now() + patience); }
    std::string held(const std::string& domain) const { return server_.says({"GET", "{test}:d:" + domain}); }
    bool becomes(const std::string& domain, const std::string& value) {
        return run_until(io_, [&] { return held(domain) == value; });
    }

    asio::io_context io_{1};
    Tasks services_{io_};
    RedisServer server_;
    Host a_{io_, services_, server_, "a"};
    Host b_{io_, services_, server_, "b"};
};

TEST_F(SharedContactsTest, TheFirstWhoAsksReportsAndOthersWaitForIt) {
    EXPECT_TRUE(a_.ask("x.com").first);
    const Contact other = b_.ask("x.com");
    EXPECT_FALSE(other.first);
    EXPECT_TRUE(other.under_way) << "it may still fail";
    EXPECT_TRUE(a_.ask("x.com").first) << "after a restart, say";
    a_.server_is("s1");
    a_.report("x.com");
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    const Contact later = b_.ask("x.com");
    EXPECT_FALSE(later.first);
    EXPECT_FALSE(later.under_way) << "it was reported";
}

TEST_F(SharedContactsTest, AClaimThatIsNotFollowedByAReportGoesToTheNext) {
    EXPECT_TRUE(a_.ask("x.com").first);
    const std::int64_t left = std::stoll(server_.says({"PTTL", "{test}:d:x.com"}));
    EXPECT_LE(left, std::chrono::milliseconds(SharedContacts::claimed_for).count());
    EXPECT_GT(left, 0);
    server_.says({"PEXPIRE", "{test}:d:x.com", "1"});
    EXPECT_TRUE(run_until(io_, [&] { return b_.ask("x.com").first; }));
}

TEST_F(SharedContactsTest, WhatNobodyHereHasReportedIsNotWrittenToTheServer) {
    a_.server_is("s1");
    EXPECT_FALSE(a_.ask("seen-by-a-server.com", true).first);
    EXPECT_TRUE(a_.ask("x.com").first);
    a_.report("x.com");
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    EXPECT_EQ(held("seen-by-a-server.com"), "");
    EXPECT_TRUE(b_.ask("seen-by-a-server.com").first);
}

TEST_F(SharedContactsTest, AnotherServerGetsAllThatWasReported) {
    a_.server_is("s1");
    EXPECT_TRUE(a_.ask("x.com").first);
    a_.report("x.com");
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    server_.says({"FLUSHALL"});
    a_.server_is("s2");
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
}

TEST_F(SharedContactsTest, AKeyThatSomebodyHasSpoiltIsWrittenAnew) {
    a_.server_is("s1");
    server_.says({"RPUSH", "{test}:d:spoilt.com", "a list"});
    EXPECT_TRUE(a_.ask("spoilt.com").first);
    EXPECT_TRUE(a_.ask("x.com").first);
    server_.says({"DEL", "{test}:d:spoilt.com"});
    server_.says({"RPUSH", "{test}:d:spoilt.com", "a list"});
    a_.report("spoilt.com");
    a_.report("x.com");
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    EXPECT_TRUE(becomes("spoilt.com", "r1795492550:a"));
}

TEST_F(SharedContactsTest, WhatMustNotLeaveThisHostIsNotWritten) {
    a_.server_is("s1");
    a_.filter_by([](const std::string& domain) { return domain != "ours.com"; });
    for (const char* const domain : {"ours.com", "x.com"}) {
        EXPECT_TRUE(a_.ask(domain).first);
        server_.says({"DEL", std::string("{test}:d:") + domain});
        a_.report(domain);
    }
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    EXPECT_EQ(held("ours.com"), "");
}

TEST_F(SharedContactsTest, AServerThatLostItsLastMomentsGetsThemAgain) {
    a_.server_is("s1");
    EXPECT_TRUE(a_.ask("x.com").first);
    a_.report("x.com");
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    server_.says({"DEL", "{test}:d:x.com"});
    server_.says({"CLIENT", "KILL", "TYPE", "normal"});  // as a fail-over does
    EXPECT_TRUE(run_until(io_, [&] {
        a_.probe();
        return held("x.com") == "r1795492550:a";
    }));
}

TEST_F(SharedContactsTest, CountsWhatTwoHostsHaveReportedWhileTheServerWasDown) {
    server_.crash();
    EXPECT_TRUE(a_.ask("x.com").first);
    EXPECT_TRUE(b_.ask("x.com").first) << "each decides alone";
    a_.report("x.com");
    b_.report("x.com");
    server_.start();
    a_.server_is("s1");
    EXPECT_TRUE(run_until(io_, [&] {
        a_.probe();
        b_.probe();
        return !held("x.com").empty();
    }));
    EXPECT_TRUE(becomes("x.com", "r1795492550:a"));
    b_.server_is("s1");
    EXPECT_TRUE(run_until(io_, [&] { return b_.reports() == 1; }));
    EXPECT_EQ(a_.twice(), 0U);
    EXPECT_EQ(b_.twice(), 1U);
}

}  // namespace
}  // namespace enrichd::test::first_contacts_test
