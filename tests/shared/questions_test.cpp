#include "shared/questions.hpp"

#include <gtest/gtest.h>

#include "net/tasks.hpp"
#include "shared/scripts.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace enrichd::test::questions_test {
namespace {

using namespace std::chrono_literals;
using Kind = SharedGrant::Kind;

class SharedQuestionsTest : public testing::Test {
  protected:
    SharedQuestionsTest() {
        RedisOptions options;
        options.upstream = {"127.0.0.1", server_.port(), false, {}, {}};
        options.timeout = 5s;
        redis_.configure(options);
        a_.configure("{test}", "a");
        b_.configure("{test}", "b");
        services_.spawn("redis", redis_.serve());
    }
    ~SharedQuestionsTest() override {
        services_.cancel();
        run(io_, drain());
    }
    task<void> drain() { co_await services_.drained(Clock::now() + patience); }
    SharedGrant begin(SharedQuestions& host, std::string_view key, std::size_t per_hour = 9'000,
                      std::chrono::milliseconds asks_for = 30s) {
        return run(io_, host.begin({"otx", "rules", key}, per_hour, asks_for));
    }
    bool finish(SharedQuestions& host, std::string_view key, const std::string& verdict,
                std::size_t more = 0) {
        return run(io_, host.finish({"otx", "rules", key}, verdict, 1h, more));
    }

    asio::io_context io_{1};
    Tasks services_{io_};
    Lookup lookup_{io_};
    RedisServer server_;
    Redis redis_{io_, lookup_, shared_scripts::all};
    SharedQuestions a_{redis_};
    SharedQuestions b_{redis_};
};

TEST_F(SharedQuestionsTest, OneHostAsksAndAllHaveTheVerdict) {
    EXPECT_EQ(begin(a_, "domain/x.com").kind, Kind::ask);
    const SharedGrant waits = begin(b_, "domain/x.com");
    EXPECT_EQ(waits.kind, Kind::later);
    EXPECT_TRUE(waits.by_another);
    EXPECT_LE(waits.time, 500ms);
    EXPECT_TRUE(finish(a_, "domain/x.com", "the verdict"));
    const SharedGrant known = begin(b_, "domain/x.com");
    EXPECT_EQ(known.kind, Kind::known);
    EXPECT_EQ(known.verdict, "the verdict");
    EXPECT_LE(known.time, 1h);
    EXPECT_GT(known.time, 59min);
}

TEST_F(SharedQuestionsTest, AVerdictByOtherRulesIsAnother) {
    EXPECT_EQ(begin(a_, "domain/x.com").kind, Kind::ask);
    EXPECT_TRUE(finish(a_, "domain/x.com", "the verdict"));
    EXPECT_EQ(run(io_, b_.begin({"otx", "other rules", "domain/x.com"}, 9'000, 30s)).kind, Kind::ask);
}

TEST_F(SharedQuestionsTest, AHostThatFailedOrEndedLeavesTheQuestionToOthers) {
    EXPECT_EQ(begin(a_, "domain/x.com").kind, Kind::ask);
    EXPECT_TRUE(finish(a_, "domain/x.com", ""));
    EXPECT_EQ(begin(b_, "domain/x.com", 9'000, 1ms).kind, Kind::ask);
    EXPECT_TRUE(run_until(io_, [&] { return begin(a_, "domain/x.com").kind == Kind::ask; })) << "b has ended";
}

TEST_F(SharedQuestionsTest, AllHostsTogetherStayWithinTheQuota) {
    std::size_t granted = 0;
    for (int i = 0; i < 40; ++i) {
        SharedQuestions& host = i % 2 == 0 ? a_ : b_;
        granted += begin(host, "domain/x" + std::to_string(i) + ".com", 100).kind == Kind::ask ? 1 : 0;
    }
    EXPECT_EQ(granted, 10U) << "a tenth of the hour's requests may be made at once";
    const SharedGrant spent = begin(a_, "domain/y.com", 100);
    EXPECT_EQ(spent.kind, Kind::later);
    EXPECT_FALSE(spent.by_another);
    EXPECT_GT(spent.time, 30s);
    EXPECT_LE(spent.time, 40s) << "the next of ninety in an hour";
    EXPECT_EQ(a_.quota_left(), 0U);
}

TEST_F(SharedQuestionsTest, RequestsThatWereMadeUnaskedAreOwed) {
    EXPECT_EQ(begin(a_, "domain/x.com", 100).kind, Kind::ask);
    EXPECT_TRUE(finish(a_, "domain/x.com", "the verdict", 9));
    EXPECT_EQ(begin(b_, "domain/y.com", 100).kind, Kind::later);
}

TEST_F(SharedQuestionsTest, EachRegistryHasAQuotaOfItsOwn) {
    for (int i = 0; i < 10; ++i) {
        const std::string domain = "x" + std::to_string(i) + ".de";
        EXPECT_EQ(run(io_, a_.begin({"rdap", {}, domain, "https://one"}, 100, 30s)).kind, Kind::ask);
    }
    EXPECT_EQ(run(io_, a_.begin({"rdap", {}, "y.de", "https://one"}, 100, 30s)).kind, Kind::later);
    EXPECT_EQ(run(io_, a_.begin({"rdap", {}, "y.com", "https://two"}, 100, 30s)).kind, Kind::ask);
}

TEST_F(SharedQuestionsTest, AnOperatorHasVerdictsForgotten) {
    for (const char* const key : {"domain/x.com", "domain/y.com"}) {
        begin(a_, key);
        finish(a_, key, "the verdict");
    }
    run(io_, a_.forget("otx", "rules", "domain/x.com"));
    EXPECT_EQ(begin(b_, "domain/x.com").kind, Kind::ask);
    EXPECT_EQ(begin(b_, "domain/y.com").kind, Kind::known);
    run(io_, a_.forget_all("otx", "rules"));
    EXPECT_EQ(begin(b_, "domain/y.com").kind, Kind::ask);
}

TEST_F(SharedQuestionsTest, AHostIsAloneWhenTheServerDoesNotAnswer) {
    EXPECT_EQ(begin(a_, "domain/x.com").kind, Kind::ask);
    EXPECT_FALSE(a_.alone());
    server_.crash();
    EXPECT_TRUE(run_until(io_, [&] { return begin(a_, "domain/y.com").kind == Kind::alone; }));
    EXPECT_TRUE(a_.alone());
}

TEST_F(SharedQuestionsTest, AKeyThatSomebodyHasSpoiltIsWrittenAnew) {
    server_.says({"LPUSH", "{test}:otx:quota", "not a hash"});
    EXPECT_EQ(begin(a_, "domain/x.com").kind, Kind::ask);
    EXPECT_EQ(server_.says({"TYPE", "{test}:otx:quota"}), "hash");
}

}  // namespace
}  // namespace enrichd::test::questions_test
