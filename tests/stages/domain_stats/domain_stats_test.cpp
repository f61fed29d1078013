#include "stages/domain_stats/domain_stats.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::domain_stats_test {
namespace {

using namespace std::chrono_literals;

HttpResponse json(std::string body) {
    return ScriptedHttp::json(std::move(body));
}

std::string silent_answer(const char* seen) {
    return R"({"alerts":[],"category":"NEW","seen_by_you":")" + std::string(seen) + R"("})";
}

class DomainStatsTest : public testing::Test {
  protected:
    result<DomainStatsAnswer> ask(result<HttpResponse> response) {
        http_.answers.push_back(std::move(response));
        return run(io_, stats_.ask(*HostName::parse("a%b.WWW.x.com"), ticket_));
    }

    asio::io_context io_;
    ScriptedHttp http_;
    DomainStats stats_{http_, {}};
    Ticket ticket_;
};

TEST_F(DomainStatsTest, AsksForTheRegistrableDomainOfAnOddNameInAnyCase) {
    EXPECT_TRUE(ask(json(R"({"alerts":[]})")));
    stats_.configure({"/base", true});
    EXPECT_TRUE(ask(json(R"({"alerts":[]})")));
    EXPECT_EQ(http_.targets, (std::vector<std::string>{"/x.com", "/base/x.com"}));
}

TEST_F(DomainStatsTest, TellsErrorsApart) {
    EXPECT_EQ(ask(HttpResponse{200, "text/html", "", "", "<html>"}).error(), errc::content_type);
    EXPECT_EQ(ask(HttpResponse{200, "application/jsonx", "", "", "{}"}).error(), errc::content_type);
    EXPECT_EQ(ask(HttpResponse{200, "application/json", "", "", ""}).error(), errc::body_empty);
    EXPECT_EQ(ask(HttpResponse{200, "application/json", "", "", "{"}).error(), errc::body_not_json);
    EXPECT_EQ(ask(HttpResponse{200, "application/json", "", "", "{}"}).error(), errc::body_wrong_shape);
    EXPECT_EQ(ask(HttpResponse{500, "text/html", "", "", "<html>"}).error(), errc::http_status);
    EXPECT_EQ(ask(HttpResponse{308, "text/html", "", "", ""}).error(), errc::http_status);
    EXPECT_EQ(ask(HttpResponse{404, "application/json", "", "", "{}"}).error(), errc::http_status);
    EXPECT_EQ(ask(HttpResponse{503, "text/html", "", "", "<html>"}).error(), errc::gateway_status);
    EXPECT_EQ(ask(errc::refused).error(), errc::refused);
    EXPECT_TRUE(ask(HttpResponse{200, "Application/JSON ; charset=utf-8", "", "", R"({"alerts":[]})"}));
}

TEST_F(DomainStatsTest, FindsAFirstContactWhoseAnswerWasLost) {
    ticket_.asked = {wall_seconds(WallClock::now()) - 60s, 1};
    EXPECT_TRUE(ask(json(silent_answer("Tue, 24 Nov 2026 11:59:15 GMT")))->first_contact);
}

TEST_F(DomainStatsTest, ClaimsNoFirstContactOfOthers) {
    EXPECT_FALSE(ask(json(silent_answer("Tue, 24 Nov 2026 12:00:10 GMT")))->first_contact) << "a first try";
    ticket_.asked = {wall_seconds(WallClock::now()) - 60s, 1};
    EXPECT_FALSE(ask(json(silent_answer("Tue, 24 Nov 2026 11:50:00 GMT")))->first_contact)
        << "seen before we asked";
    EXPECT_FALSE(ask(json(silent_answer("ERROR")))->first_contact);
}

TEST_F(DomainStatsTest, LearnsTheServersZoneFromAFirstContact) {
    ask(json(R"({"alerts":["YOUR-FIRST-CONTACT"],"seen_by_you":"Tue, 24 Nov 2026 06:59:59 GMT"})"));
    ticket_.asked = {wall_seconds(WallClock::now()) - 60s, 1};
    EXPECT_TRUE(ask(json(silent_answer("Tue, 24 Nov 2026 06:59:45 GMT")))->first_contact);
}

class DomainStatsWithMemoryTest : public DomainStatsTest {
  protected:
    DomainStatsWithMemoryTest() { stats_.remember_in(domains_); }
    bool first_contact(const char* category) {
        const std::string now = to_http_date(wall_seconds(WallClock::now()));
        HttpResponse response = json(R"({"alerts":["YOUR-FIRST-CONTACT"],"category":")" +
                                     std::string(category) + R"(","seen_by_you":")" + now + "\"}");
        response.date = now;
        return ask(std::move(response))->first_contact;
    }

    TempDir dir_;
    Database database_{io_, {dir_ / "enrichd.db"}};
    Domains domains_{database_, 100};
};

TEST_F(DomainStatsWithMemoryTest, TellsOnceWhatTheServerSaysAgainAfterARenewal) {
    EXPECT_TRUE(first_contact("NEW"));
    EXPECT_FALSE(run(io_, domains_.mark_reported({"domain_stats", "x.com", "{}", {}})));
    ticket_.asked = {};
    EXPECT_FALSE(first_contact("ESTABLISHED"));
}

TEST_F(DomainStatsWithMemoryTest, ALookUpThatFailedIsNoContact) {
    EXPECT_TRUE(first_contact("ERROR"));
    ticket_.asked = {};
    EXPECT_TRUE(first_contact("NEW"));
}

TEST_F(DomainStatsWithMemoryTest, SaysAgainWhatNobodyWasTold) {
    EXPECT_TRUE(first_contact("NEW"));
    ticket_.asked = {};
    const auto again = ask(json(silent_answer("Tue, 24 Nov 2026 11:50:00 GMT"))).value();
    EXPECT_TRUE(again.first_contact && again.recovered);
}

TEST_F(DomainStatsWithMemoryTest, KnowsWhomTheServerHadSeenBefore) {
    EXPECT_FALSE(ask(json(silent_answer("Tue, 24 Nov 2026 11:50:00 GMT")))->first_contact);
    EXPECT_FALSE(first_contact("ESTABLISHED")) << "a renewal";
}

TEST_F(DomainStatsTest, ProbesWithoutAskingForAnybodysDomain) {
    http_.answers.push_back(
        json(R"({"alerts":["No valid eTLD exists for this domain."],"category":"ERROR"})"));
    EXPECT_TRUE(run(io_, stats_.probe()));
    http_.answers.push_back(HttpResponse{502, "text/html", "", "", ""});
    EXPECT_FALSE(run(io_, stats_.probe()));
    EXPECT_EQ(http_.targets, (std::vector<std::string>{"/localhost", "/localhost"}));
}

}  // namespace
}  // namespace enrichd::test::domain_stats_test
