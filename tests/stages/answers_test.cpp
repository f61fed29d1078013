// What upstreams were seen to answer, through the providers to their verdicts. The registries' are in
// embedded/rdap_answers_test.cpp.
#include <gtest/gtest.h>

#include "base/units.hpp"
#include "model/event.hpp"
#include "stages/domain_stats/domain_stats.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/otx/otx.hpp"
#include "support/cases.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"

namespace enrichd::test::answers_test {
namespace {

using nlohmann::json;

HttpResponse response_of(const json& one, const std::string& name) {
    std::string body = replaced(one["body"], "NAME", name);
    body = replaced(std::move(body), "@@NOW@@", to_http_date(wall_seconds(WallClock::now())));
    body = replaced(std::move(body), "@NOW@", to_http_date(wall_seconds(WallClock::now())));
    body = replaced(std::move(body), "@@3M@@", std::string(3'000'000, 'd'));
    body = replaced(std::move(body), "@@FF@@", "\xff");
    return {one["status"], one["ctype"], "", "", std::move(body)};
}

std::string otx_outcome(const json& one) {
    asio::io_context io;
    ScriptedHttp http;
    http.answers.emplace_back(response_of(one, "www.evil-name.com"));
    Otx otx(http, {});
    const OtxReply reply = run(io, otx.ask({OtxSubject::hostname, "www.evil-name.com"}));
    if (!reply.verdict) return "error";
    if (!reply.verdict->hit()) return "miss";
    return "hit-" + std::string(label(reply.verdict->confidence));
}

TEST(OtxAnswers, GiveWhatUsersExpect) {
    for (const json& one : cases_of("otx")) {
        const std::string expect = one["expect"];
        const std::string outcome = otx_outcome(one);
        EXPECT_TRUE(outcome == expect || outcome.starts_with(expect + "-"))
            << one["id"] << " gives " << outcome << ", not " << expect;
    }
}

std::string domain_stats_outcome(const json& one) {
    asio::io_context io;
    ScriptedHttp http;
    http.answers.emplace_back(response_of(one, "evil-name.com"));
    DomainStats server(http, {});
    Ticket ticket;
    const auto answer = run(io, server.ask(*HostName::parse("www.evil-name.com"), ticket));
    if (!answer) return "error";
    if (!worth_an_event(*answer)) return "none";
    const Event event = domain_stats_event({"1", {}, "www.evil-name.com"}, {"evil-name.com"}, *answer);
    EXPECT_TRUE(json::accept(event.json)) << one["id"];
    return "event";
}

TEST(DomainStatsAnswers, GiveWhatUsersExpect) {
    for (const json& one : cases_of("ds"))
        EXPECT_EQ(domain_stats_outcome(one), one["expect"].get<std::string>()) << one["id"];
}

TEST(Answers, AboutAnotherNameAreNotBelieved) {
    json one = cases_of("otx").front();
    ASSERT_EQ(one["expect"], "hit");
    const std::string body = one["body"];
    for (const char* same : {"WWW.Evil-Name.com.", "www.evil-name.com", ""}) {
        one["body"] = replaced(body, "\"indicator\": \"NAME\", \"validation\"",
                               "\"indicator\": \"" + std::string(same) + "\", \"validation\"");
        EXPECT_EQ(otx_outcome(one), "hit-medium") << same;
    }
    for (const char* other : {"evil-name.com", "x.com", "a b"}) {
        one["body"] = replaced(body, "\"indicator\": \"NAME\", \"validation\"",
                               "\"indicator\": \"" + std::string(other) + "\", \"validation\"");
        EXPECT_EQ(otx_outcome(one), "error") << other;
    }
}

TEST(Answers, OfADomainStatsServerAreAskedForByTheDomainWhenTheHostNameIsOdd) {
    asio::io_context io;
    ScriptedHttp http;
    DomainStats server(http, {"", true});
    Ticket ticket;
    for (const char* name : {"www.x.com", "a%b.x.com", "\xe2\x80\xae.x.com", "a b.x.com"})
        run(io, server.ask(*HostName::parse(name), ticket));
    EXPECT_EQ(http.targets, (std::vector<std::string>{"/www.x.com", "/x.com", "/x.com", "/x.com"}));
}

}  // namespace
}  // namespace enrichd::test::answers_test
