// Several days of ISC's list.
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "fakes/http_server.hpp"
#include "stages/lists/fetching_fixture.hpp"

namespace enrichd::test::isc_fetch_test {
namespace {

using namespace std::chrono_literals;

std::string entry(const std::string& name, const std::string& day) {
    return nlohmann::json{{"domainname", name}, {"ip", "203.0.113.7"}, {"type", "cert"}, {"firstseen", day}}
        .dump();
}

class IscTest : public FetchingTest {
  protected:
    IscTest() {
        config_.from = "http://127.0.0.1:" + std::to_string(server_.port()) + "/feeds/domaindata.json.gz";
        config_.format = ListFormat::isc;
        config_.user_agent = "a-soc (soc@example.com)";
    }
    fakes::Reply serve(const fakes::Request& request) {
        const std::lock_guard lock(guard_);
        asked_.push_back(request.target);
        const auto found = files_.find(request.target);
        if (found == files_.end()) return fakes::answer(status_of_others_, "text/html", "<html>");
        const auto version = request.headers.find("if-none-match");
        const std::string etag = '"' + std::to_string(std::hash<std::string>()(found->second)) + '"';
        if (version != request.headers.end() && version->second == etag) return fakes::answer(304, "", "");
        return fakes::answer(200, "application/gzip", fakes::gzipped(found->second),
                             "ETag: " + etag + "\r\n");
    }
    /// The list of a day; without one, that of today.
    void put(const std::string& day, const std::string& entries) {
        const std::lock_guard lock(guard_);
        files_["/feeds/domaindata." + (day.empty() ? day : day + ".") + "json.gz"] = "[" + entries + "]";
    }
    void others_are(unsigned status) {
        const std::lock_guard lock(guard_);
        status_of_others_ = status;
    }
    std::vector<std::string> asked() {
        const std::lock_guard lock(guard_);
        return std::exchange(asked_, {});
    }

    std::mutex guard_;
    std::map<std::string, std::string> files_;
    std::vector<std::string> asked_;
    unsigned status_of_others_ = 404;
    fakes::HttpServer server_{[this](const fakes::Request& request) { return serve(request); }};
};

TEST_F(IscTest, EarlierDaysAreFetchedOnceEach) {
    put("", entry("today-site.com", "2026-11-29"));
    put("2026-11-28", entry("yesterday-site.com", "2026-11-28"));
    put("2026-11-25", entry("earlier-site.com", "2026-11-25"));
    ASSERT_FALSE(fetch());
    for (const char* name : {"today-site.com", "yesterday-site.com", "www.earlier-site.com"})
        EXPECT_TRUE(has(name)) << name;
    EXPECT_EQ(asked().size(), 8U) << "today and the seven days before";
    time_.advance(1h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(unchanged_);
    EXPECT_EQ(asked(), std::vector<std::string>{"/feeds/domaindata.json.gz"});
}

TEST_F(IscTest, WhatWasFetchedOnADayStaysForAsLongAsItIsNew) {
    put("", entry("first-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    time_.advance(24h);
    put("", entry("second-site.com", "2026-11-30"));
    put("2026-11-29", entry("first-site.com", "2026-11-29") + "," + entry("late-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    for (const char* name : {"first-site.com", "late-site.com", "second-site.com"})
        EXPECT_TRUE(has(name)) << name;
    time_.advance(24h * 14);
    put("", entry("third-site.com", "2026-12-14"));
    ASSERT_FALSE(fetch());
    EXPECT_FALSE(has("first-site.com"));
    EXPECT_TRUE(has("second-site.com")) << "fourteen days";
    EXPECT_TRUE(has("third-site.com"));
}

TEST_F(IscTest, AllDaysAreThereAfterARestart) {
    put("", entry("today-site.com", "2026-11-29"));
    put("2026-11-27", entry("earlier-site.com", "2026-11-27"));
    ASSERT_FALSE(fetch());
    asked();
    restart();
    EXPECT_TRUE(has("earlier-site.com"));
    EXPECT_EQ(note("earlier-site.com"), R"({"first_seen":"2026-11-27"})");
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(unchanged_);
    EXPECT_EQ(asked().size(), 2U) << "today, and yesterday's, which may still come";
}

TEST_F(IscTest, AnEarlierDayThatFailsIsNoFailureAndComesLater) {
    put("", entry("today-site.com", "2026-11-29"));
    others_are(429);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("today-site.com"));
    EXPECT_EQ(asked().size(), 2U) << "then it is left alone";
    others_are(404);
    put("2026-11-28", entry("yesterday-site.com", "2026-11-28"));
    time_.advance(1h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("today-site.com"));
    EXPECT_TRUE(has("yesterday-site.com"));
}

TEST_F(IscTest, AnEarlierDayThatIsDamagedIsFetchedAgainOnTheNext) {
    put("", entry("today-site.com", "2026-11-29"));
    put("2026-11-28", "{");
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("today-site.com"));
    put("2026-11-28", entry("yesterday-site.com", "2026-11-28"));
    time_.advance(1h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(unchanged_);
    time_.advance(24h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("yesterday-site.com"));
}

TEST_F(IscTest, ADayThatIsNotThereIsAskedForOnceADay) {
    put("", entry("today-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    asked();
    time_.advance(1h);
    ASSERT_FALSE(fetch());
    EXPECT_EQ(asked().size(), 2U) << "today, and yesterday's, which may still come";
    time_.advance(24h);
    put("2026-11-26", entry("later-site.com", "2026-11-26"));
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("later-site.com"));
}

TEST_F(IscTest, DaysBeforeWhatIsNewAreNotAskedFor) {
    config_.new_for = 36h;
    put("", entry("today-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    EXPECT_EQ(asked().size(), 2U);
}

TEST_F(IscTest, ADomainThatIsSeenAgainIsNewAgain) {
    put("", entry("again-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    time_.advance(24h * 20);
    put("", entry("again-site.com", "2026-12-19"));
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("again-site.com"));
}

TEST_F(IscTest, AnEarlierDayDoesNotReplaceALaterOne) {
    put("", entry("same-site.com", "2026-11-29"));
    put("2026-11-27", entry("same-site.com", "2026-11-27"));
    ASSERT_FALSE(fetch());
    EXPECT_EQ(note("same-site.com"), R"({"first_seen":"2026-11-29"})");
    put("2026-11-26", entry("same-site.com", "2026-11-26"));
    time_.advance(24h);
    ASSERT_FALSE(fetch());
    EXPECT_EQ(note("same-site.com"), R"({"first_seen":"2026-11-29"})");
}

TEST_F(IscTest, ADateInTheFutureDoesNotLastForEver) {
    put("", entry("odd-site.com", "9999-12-31"));
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("odd-site.com"));
    put("", entry("other-site.com", "2026-12-19"));
    time_.advance(24h * 20);
    ASSERT_FALSE(fetch());
    EXPECT_FALSE(has("odd-site.com"));
}

TEST_F(IscTest, WithoutAPlaceForThemEarlierDaysAreNotFetched) {
    keep_copy_ = false;
    put("", entry("today-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    EXPECT_EQ(asked().size(), 1U);
    EXPECT_TRUE(has("today-site.com"));
}

TEST_F(IscTest, AFailureOfTodayLeavesAllAsItIs) {
    put("", entry("today-site.com", "2026-11-29"));
    ASSERT_FALSE(fetch());
    put("", "{");
    time_.advance(1h);
    EXPECT_TRUE(fetch());
    EXPECT_TRUE(has("today-site.com"));
    asked();
}

TEST_F(IscTest, AnswersWithoutANameAreNoLists) {
    put("", entry("today-site.com", "2026-11-29"));
    put("2026-11-28", R"({"error":"blocked"})");
    ASSERT_FALSE(fetch());
    put("", R"({"error":"blocked"})");
    EXPECT_EQ(fetch(), errc::list_no_names);
    files_["/feeds/domaindata.json.gz"] = "null";
    EXPECT_EQ(fetch(), errc::table_wrong_shape);
    put("", "");
    EXPECT_FALSE(fetch()) << "when the day begins";
    EXPECT_TRUE(has("today-site.com"));
    time_.advance(24h);
    put("2026-11-28", entry("yesterday-site.com", "2026-11-28"));
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("yesterday-site.com"));
}

TEST_F(IscTest, AListThatIsNamedInAnotherWayHasOneDay) {
    config_.from = "http://127.0.0.1:" + std::to_string(server_.port()) + "/isc";
    files_["/isc"] = "[" + entry("today-site.com", "2026-11-29") + "]";
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("today-site.com"));
    EXPECT_EQ(asked(), std::vector<std::string>{"/isc"});
}

}  // namespace
}  // namespace enrichd::test::isc_fetch_test
