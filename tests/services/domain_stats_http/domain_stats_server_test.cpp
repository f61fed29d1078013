#include "services/domain_stats_http/domain_stats_server.hpp"

#include <atomic>
#include <nlohmann/json.hpp>

#include "support/pipeline_fixture.hpp"

namespace enrichd::test::domain_stats_server_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class DomainStatsServerTest : public PipelineFixture {
  protected:
    HttpReply get(const std::string& target) { return run(io_, server_.answer({target})); }
    HttpReply get_and_leave(const std::string& target) {
        return run(io_, server_.answer({target, [] { return true; }}));
    }
    json body(const std::string& target) {
        const HttpReply reply = get(target);
        EXPECT_EQ(reply.status, 200U) << target;
        EXPECT_EQ(reply.content_type, "application/json");
        EXPECT_TRUE(reply.body.ends_with("}\n"));
        return json::parse(reply.body);
    }
    task<void> ask_in_background(std::string target) {
        HttpQuestion question{std::move(target)};
        reply_ = co_await server_.answer(std::move(question));
    }
    task<void> process_in_background(Job& job) { co_await pipeline_.run(job); }
    static json refused(const std::string& alert) {
        return {{"alerts", {alert}},      {"category", "ERROR"},    {"freq_score", "ERROR"},
                {"seen_by_isc", "ERROR"}, {"seen_by_web", "ERROR"}, {"seen_by_you", "ERROR"}};
    }

    Domains domains_{database_, 1000};
    HttpReply reply_;  // of who asks in the background
    Snapshot snapshot_{database_, 1000};
    GateOptions gate_{{"corp.acme.com"}};
    DomainStatsServer server_{verdicts_, domains_, gate_, [] {
                                  return DomainStatsServer::Stats{1, 2, 3, 4, 5};
                              }};
};

TEST_F(DomainStatsServerTest, TellsAFirstContactOnce) {
    EXPECT_EQ(body("/www.harbour.com")["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(body("/harbour.com")["alerts"], json::array());
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"harbour.com"});
    EXPECT_EQ(server_.requests()["miss"], 1U);
    EXPECT_EQ(server_.requests()["hit"], 1U);
}

TEST_F(DomainStatsServerTest, ReadsATargetInEachOfItsForms) {
    for (const char* target : {"/x.com", "/X.CoM.", "//x.com", "/x.com?a=/b", "/x.com#c",
                               "http://host:1/x.com", "/%78.com", "/_ldap._tcp.x.com", "/a%.x.com",
                               "/a%2"
                               "5.x.com"})
        EXPECT_EQ(get(target).status, 200U) << target;
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"x.com"});
    body("/b%C3%BCcher.de");
    body("/xn--bcher-kva.de");
    EXPECT_EQ(provider_.asked_for.back(), "xn--bcher-kva.de");
    EXPECT_EQ(provider_.asked_for.size(), 2U);
}

TEST_F(DomainStatsServerTest, HasNoPageWithoutANameOrWithASlash) {
    for (const char* target :
         {"/", "", "/?x.com", "/a/b.com", "/x.com/", "/a%2Fb.com", "http://x.com", "*/x"})
        EXPECT_EQ(get(target).status, 404U) << target;
}

TEST_F(DomainStatsServerTest, AnswersAsTheOriginalForWhatIsUnderNoPublicSuffix) {
    for (const char* target : {"/localhost", "/foo.internal", "/wpad", "/com", "/co.uk", "/1.2.3.4", "/::1",
                               "/favicon.ico", "/STATS", "/x.com..", "/.x.com", "/%00"})
        EXPECT_EQ(body(target), refused("No valid eTLD exists for this domain.")) << target;
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(DomainStatsServerTest, AnswersForTheDomainOfALongName) {
    std::string labels;
    for (int i = 0; i < 60; ++i) labels += "aaaaaaaaa.";
    EXPECT_EQ(get("/" + labels + "x.com").status, 200U);
    EXPECT_EQ(get("/" + std::string(300, 'a') + ".x.com").status, 200U);
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"x.com"});
}

TEST_F(DomainStatsServerTest, SaysWhyItLooksUpNoDomainThatIsOdd) {
    EXPECT_EQ(body("/" + std::string(64, 'a') + ".com"), refused("Not looked up: name_long_label."));
    EXPECT_EQ(body("/a b.com"), refused("Not looked up: name_bad_character."));
    EXPECT_EQ(body("/%FF.com"), refused("Not looked up: name_bad_idn."));
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(DomainStatsServerTest, LooksUpNothingThatMustNotLeaveTheMachine) {
    EXPECT_EQ(body("/files.corp.acme.com"), refused("Not looked up: skip_suffix."));
    EXPECT_EQ(body("/example.com"), refused("Not looked up: special_use."));
    EXPECT_EQ(body("/4.3.2.1.in-addr.arpa"), refused("Not looked up: reverse_zone."));
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(DomainStatsServerTest, WritesItsAnswerAsTheOriginalDoes) {
    DomainStatsAnswer answer;
    answer.verdict = {{"LOW-FREQ-SCORES"},
                      "NEW",
                      {1.0898, 3.7358},
                      "",
                      "RDAP",
                      "Thu, 27 Aug 2009 16:51:19 GMT",
                      "Tue, 24 Nov 2026 03:55:50 GMT"};
    answer.verdict.age_failure = "returned 404";
    answer.first_contact = true;
    provider_.answers.push_back(answer);
    EXPECT_EQ(
        get("/x.com").body,
        R"({"alerts":["LOW-FREQ-SCORES","YOUR-FIRST-CONTACT","returned 404"],"category":"NEW",)"
        R"("freq_score":[1.0898,3.7358],"seen_by_isc":"RDAP","seen_by_web":"Thu, 27 Aug 2009 16:51:19 GMT",)"
        R"("seen_by_you":"Tue, 24 Nov 2026 03:55:50 GMT"})"
        "\n");
}

TEST_F(DomainStatsServerTest, CountsForItsStats) {
    EXPECT_EQ(get("/stats").body,
              "{\"hit\":1,\"miss\":2,\"rdap_fail\":4,\"rdap_good\":3,\"size\":5,\"warnings\":[]}\n");
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(DomainStatsServerTest, AFirstContactThatTheAskerDidNotWaitForIsTheNextOnes) {
    EXPECT_EQ(json::parse(get_and_leave("/x.com").body)["alerts"], json::array());
    EXPECT_EQ(body("/x.com")["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(body("/x.com")["alerts"], json::array());
    EXPECT_EQ(provider_.asked_for.size(), 2U);
}

TEST_F(DomainStatsServerTest, AFirstContactThatCannotBeMarkedAsToldIsNotTold) {
    std::atomic<bool> full = true;  // read on the store's thread
    provider_.failing = [&](const std::string&) {
        database_.run_surely([&full](StateFile& file) {
            if (full) file.fail(errc::store_full, "as if");
        });
        return error();
    };
    EXPECT_EQ(get("/x.com").status, 503U);
    provider_.failing = nullptr;
    full = false;
    run_until(io_, [&] { return !database_.trouble() && database_.waiting() == 0; });
    EXPECT_EQ(body("/x.com")["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(body("/x.com")["alerts"], json::array());
}

TEST_F(DomainStatsServerTest, AnAlertThatWaitsComesBeforeOthers) {
    provider_.takes = 50ms;
    Job alert{{"1", {"001", "pc", "10.0.0.1"}, "www.x.com"}, Clock::now()};
    work_.spawn("client", ask_in_background("/x.com"));
    work_.spawn("alert", process_in_background(alert));
    run_until(io_, [&] { return !reply_.body.empty() && !sink_.events.empty(); });
    EXPECT_EQ(json::parse(reply_.body)["alerts"], json::array());
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U);
}

TEST_F(DomainStatsServerTest, SaysAtOnceThatThereCanBeNoAnswerAndTellsWazuhNothing) {
    provider_.there = false;
    provider_.failing = [](const std::string&) { return errc::refused; };
    work_.spawn("client", ask_in_background("/x.com"));
    run_until(io_, [&] { return verdicts_.away(); });
    EXPECT_EQ(get("/y.com").status, 503U);
    EXPECT_TRUE(sink_.events.empty()) << "no alert waits";
    EXPECT_EQ(server_.requests()["failed"], 1U);
}

TEST_F(DomainStatsServerTest, RemembersWhatItLearntForTheNextRun) {
    get("/x.com");
    run_until(io_, [&] { return database_.waiting() == 0; });
    const auto known = run(io_, snapshot_.after("domain_stats", "", 10)).value();
    ASSERT_EQ(known.size(), 1U);
    EXPECT_EQ(known[0].key, "x.com");
}

}  // namespace
}  // namespace enrichd::test::domain_stats_server_test
