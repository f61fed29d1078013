#include "stages/domain_stats/embedded/rdap.hpp"

#include <gtest/gtest.h>

#include <list>

#include "base/units.hpp"
#include "fakes/fake_rdap.hpp"
#include "fakes/test_ca.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::rdap_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeRdap;

class RdapTest : public testing::Test {
  protected:
    ~RdapTest() override {
        rdap_.close_idle();
        io_.restart();
        io_.poll();
    }
    static RdapOptions quick() {
        RdapOptions options;
        options.timeout = 2s;
        return options;
    }
    RdapAnswer ask(const std::string& domain) { return run(io_, rdap_.ask(domain, true)); }
    error failure(const std::string& domain) {
        const RdapAnswer answer = ask(domain);
        return answer.registration ? error() : answer.registration.error();
    }
    task<void> ask_in_background(std::string domain, bool for_alert) {
        auto answer = co_await rdap_.ask(std::move(domain), for_alert);
        answers_.push_back(std::move(answer));
    }
    /// All at once.
    std::vector<RdapAnswer> ask_all(int count, bool for_alert = true, const std::string& kind = "x") {
        answers_.clear();
        for (int i = 0; i < count; ++i)
            tasks_.spawn("ask", ask_in_background(kind + std::to_string(i) + ".com", for_alert));
        run_until(io_, [&] { return answers_.size() == static_cast<std::size_t>(count); });
        return std::move(answers_);
    }
    /// Long enough for an answer on loopback to be read.
    static task<void> settle() { co_await sleep_until(Clock::now() + 100ms); }
    static std::size_t answered(const std::vector<RdapAnswer>& answers) {
        return static_cast<std::size_t>(
            std::count_if(answers.begin(), answers.end(), [](const auto& one) { return one.registration; }));
    }
    std::string text(const std::string& said, const std::string& domain) const {
        return "RDAP lookup to " + fake_.url() + "/rdap/domain/" + domain + said;
    }

    asio::io_context io_;
    Tasks tasks_{io_};
    Lookup lookup_{io_};
    FakeRdap fake_;
    Rdap rdap_{io_, lookup_, RdapBootstrap::parse(fake_.bootstrap()).value(), quick()};
    std::vector<RdapAnswer> answers_;
};

TEST_F(RdapTest, TellsWhenADomainWasRegistered) {
    const RdapAnswer answer = ask("harbour.com");
    ASSERT_TRUE(answer.registration);
    EXPECT_EQ(to_http_date(answer.registration->registered), "Thu, 27 Aug 2009 16:51:19 GMT");
    EXPECT_TRUE(answer.registration->expires);
    EXPECT_TRUE(ask("harbour.co.uk").registration);
    EXPECT_EQ(fake_.asked().count("/rdap/domain/harbour.com"), 1U);
    EXPECT_EQ(fake_.connections().all, 1U) << "one pool for a registry, whatever the suffix";
}

TEST_F(RdapTest, AsksNobodyForASuffixWithoutRegistry) {
    const RdapAnswer answer = ask("harbour.de");
    EXPECT_EQ(answer.registration.error(), errc::no_registry);
    EXPECT_EQ(answer.failure, "");
    EXPECT_EQ(fake_.requests(), 0U);
}

TEST_F(RdapTest, SaysInTheOriginalsWordsWhatTheRegistryAnswered) {
    EXPECT_EQ(ask("missing.com").failure, text(" returned 404", "missing.com"));
    EXPECT_EQ(ask("broken.com").failure, text(" returned 500", "broken.com"));
    EXPECT_EQ(ask("undated.com").failure,
              text(": the registry gives no date of registration", "undated.com"));
    EXPECT_EQ(ask("page.com").failure, text(": the server's answer is not declared as JSON", "page.com"));
    EXPECT_EQ(ask("limited.com").failure, text(" returned 429", "limited.com"));
}

TEST_F(RdapTest, SaysNoMoreThanFitsIntoAnEvent) {
    const RdapAnswer answer = ask("far.com");
    EXPECT_EQ(answer.registration.error(), errc::http_status);
    EXPECT_EQ(answer.failure.size(), 512U);
}

TEST_F(RdapTest, TellsWhatIsTheDomainsFaultFromWhatIsTheRegistrys) {
    for (const char* domain : {"missing.com", "undated.com"})
        EXPECT_TRUE(ask(domain).about_the_domain) << domain;
    for (const char* domain :
         {"page.com", "away.com", "loop.com", "broken.com", "cut.com", "silent.com", "limited.com", "x.com"})
        EXPECT_FALSE(ask(domain).about_the_domain) << domain;
}

TEST_F(RdapTest, FollowsRedirectsToServersOfRegistriesAlone) {
    EXPECT_TRUE(ask("moved.com").registration);
    EXPECT_EQ(fake_.asked().count("/other/domain/moved.com"), 1U);
    EXPECT_EQ(failure("away.com"), errc::redirect_refused);
    EXPECT_EQ(failure("loop.com"), errc::redirect_refused);
    EXPECT_EQ(fake_.asked().at("/rdap/domain/loop.com"), 4U) << "three times and no more";
}

TEST_F(RdapTest, LeavesARegistryAloneThatLimitsUs) {
    EXPECT_EQ(failure("limited.com"), errc::rate_limited);
    EXPECT_EQ(rdap_.resting(), 1U);
    EXPECT_EQ(failure("harbour.com"), errc::registry_rests);
    EXPECT_EQ(fake_.requests(), 1U);
    EXPECT_EQ(rdap_.counts().requests["rate_limited"], 1U);
    EXPECT_EQ(rdap_.counts().requests["registry_rests"], 1U);
}

TEST_F(RdapTest, LeavesARegistryAloneThatLimitsUsHoweverManyWaitForIt) {
    fake_.delay(20ms);
    EXPECT_EQ(answered(ask_all(80, true, "limited")), 0U);
    EXPECT_LE(fake_.requests(), 2U) << "those that were on the wire";
}

TEST_F(RdapTest, LeavesARegistryAloneThatIsAway) {
    for (int i = 0; i < 6; ++i) EXPECT_EQ(failure("cut" + std::to_string(i) + ".com"), errc::cut);
    EXPECT_EQ(failure("harbour.com"), errc::registry_rests);
    EXPECT_EQ(fake_.requests(), 6U) << "five names, and one more that might have been answered";
    EXPECT_EQ(rdap_.trouble(), errc::cut);
}

TEST_F(RdapTest, OneNameThatFailsPausesNoOther) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(failure("cut.com"), errc::cut);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(failure("refused.com"), errc::blocked);
    EXPECT_EQ(rdap_.resting(), 0U);
    EXPECT_TRUE(ask("harbour.com").registration);
}

TEST_F(RdapTest, NamesThatHangKeepNoOtherFromTheirRegistry) {
    for (const int names : {3, 5}) {
        ask_all(names, true, "silent" + std::to_string(names));
        EXPECT_EQ(answered(ask_all(5, true, "good")), 5U) << names;
    }
}

TEST_F(RdapTest, AsksNobodyForWhatMustNotBeSentNotEvenWhereARedirectLeads) {
    const auto never = [] { return make_error_code(errc::filtered); };
    EXPECT_EQ(run(io_, rdap_.ask("harbour.com", true, never)).registration.error(), errc::filtered);
    EXPECT_EQ(fake_.requests(), 0U);
    int asked = 0;
    const auto once = [&asked] { return asked++ == 0 ? error() : make_error_code(errc::filtered); };
    EXPECT_EQ(run(io_, rdap_.ask("moved.com", true, once)).registration.error(), errc::filtered);
    EXPECT_EQ(fake_.requests(), 1U);
}

TEST_F(RdapTest, SaysWhenARegistryThatIsPausedMayBeAskedAgain) {
    EXPECT_EQ(failure("limited.com"), errc::rate_limited);
    const RdapAnswer answer = ask("harbour.com");
    EXPECT_EQ(answer.registration.error(), errc::registry_rests);
    ASSERT_TRUE(answer.again_in);
    EXPECT_LE(*answer.again_in, 120s);
    EXPECT_GT(*answer.again_in, 30s);
    EXPECT_FALSE(ask("harbour.de").again_in) << "there is no registry";
}

TEST_F(RdapTest, NobodyWaitsForLongForARegistryThatIsSilent) {
    EXPECT_EQ(answered(ask_all(80, true, "silent")), 0U);
    EXPECT_LE(fake_.requests(), 8U) << "the others wait for no timeout of their own";
}

TEST_F(RdapTest, NamesWhatWearsItOutAndEndsIt) {
    const std::vector<std::pair<const char*, errc>> kinds{{"drip", errc::deadline},
                                                          {"endless", errc::body_too_large},
                                                          {"extension", errc::body_too_large},
                                                          {"trailer", errc::body_too_large},
                                                          {"header", errc::header_too_large},
                                                          {"bomb", errc::body_too_large},
                                                          {"deep", errc::body_not_json}};
    for (const auto& [kind, reason] : kinds) {
        RdapOptions options = quick();
        if (reason != errc::deadline) options.timeout = 60s;
        Rdap rdap(io_, lookup_, RdapBootstrap::parse(fake_.bootstrap()).value(), options);
        const RdapAnswer answer = run(io_, rdap.ask(std::string(kind) + ".com", true));
        ASSERT_FALSE(answer.registration) << kind;
        EXPECT_EQ(answer.registration.error(), reason) << kind << answer.registration.error().message();
        rdap.close_idle();
    }
}

TEST_F(RdapTest, HasNoTroubleOnceARegistryAnswers) {
    for (int i = 0; i < 2; ++i) EXPECT_EQ(failure("cut.com"), errc::cut);
    EXPECT_FALSE(rdap_.trouble()) << "not yet";
    EXPECT_EQ(failure("missing.com"), errc::http_status);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(failure("cut.com"), errc::cut);
    EXPECT_FALSE(rdap_.trouble());
}

TEST_F(RdapTest, AsksEachRegistrySoOftenAndNoMore) {
    RdapOptions options = quick();
    options.requests_per_hour = 100;
    rdap_.configure(options);
    EXPECT_EQ(answered(ask_all(30)), 10U) << "a tenth of the hour's at once";
    EXPECT_EQ(fake_.requests(), 10U);
}

TEST_F(RdapTest, KeepsHalfOfWhatMayBeAskedForAlerts) {
    RdapOptions options = quick();
    options.requests_per_hour = 100;
    rdap_.configure(options);
    EXPECT_EQ(answered(ask_all(30, false)), 5U);
    EXPECT_EQ(answered(ask_all(30, true)), 5U);
}

TEST_F(RdapTest, AsksEachRegistrySoManyAtATime) {
    fake_.delay(20ms);
    EXPECT_EQ(answered(ask_all(20)), 20U);
    EXPECT_EQ(fake_.connections().most_open, 2U);
}

TEST_F(RdapTest, LetsOnlySoManyWait) {
    RdapOptions options = quick();
    options.max_waiting = 20;
    rdap_.configure(options);
    EXPECT_EQ(answered(ask_all(30)), 22U) << "two asked, twenty waited";
    EXPECT_EQ(answered(ask_all(30, false)), 3U) << "most places are the alerts', and one of the connections";
    EXPECT_EQ(rdap_.counts().requests["queue_full"], 8U + 27U);
}

TEST_F(RdapTest, ForgetsTheClientsOfRegistriesThatWereNotAskedForLongest) {
    std::list<FakeRdap> registries(40);
    std::string services;
    int number = 0;
    for (const FakeRdap& one : registries) {
        if (!services.empty()) services += ",";
        services += "[[\"t" + std::to_string(number++) + "\"],[\"" + one.url() + "/\"]]";
    }
    rdap_.use(RdapBootstrap::parse("{\"services\":[" + services + "]}").value());
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 40; ++i) EXPECT_TRUE(ask("x.t" + std::to_string(i)).registration) << i;
}

TEST_F(RdapTest, FetchesTheListOfRegistries) {
    RdapOptions options = quick();
    options.bootstrap_url = parse_upstream_url(fake_.url() + "/dns.json");
    rdap_.configure(options);
    rdap_.use(RdapBootstrap());
    EXPECT_EQ(failure("harbour.com"), errc::no_registry);
    std::string learnt;
    tasks_.spawn("registries",
                 rdap_.keep_current(0s, [&](const std::string&, const std::string& text) { learnt = text; }));
    run_until(io_, [&] { return !learnt.empty(); });
    EXPECT_EQ(learnt, fake_.bootstrap());
    EXPECT_TRUE(ask("harbour.com").registration);
    tasks_.cancel();
    EXPECT_TRUE(run(io_, tasks_.drained(Clock::now() + 5s)));
}

TEST_F(RdapTest, KeepsTheListThatItHasWhenNoneCanBeFetched) {
    for (const char* page : {"/broken.json", "/empty.json"}) {
        RdapOptions options = quick();
        options.bootstrap_url = parse_upstream_url(fake_.url() + page);
        rdap_.configure(options);
        bool fetched = false;
        tasks_.spawn("registries",
                     rdap_.keep_current(0s, [&](const std::string&, const std::string&) { fetched = true; }));
        const unsigned before = fake_.bootstraps();
        run_until(io_, [&] { return fake_.bootstraps() > before; });
        run(io_, settle());
        EXPECT_FALSE(fetched) << page;
        EXPECT_TRUE(ask("harbour.com").registration);
    }
    tasks_.cancel();
    EXPECT_TRUE(run(io_, tasks_.drained(Clock::now() + 5s)));
}

TEST_F(RdapTest, SpeaksTlsWithAServerThatSomebodyVouchesFor) {
    const fakes::TestCa ca;
    const FakeRdap safe(ca.certify());
    const TempDir dir;
    write_file(dir / "ca.pem", ca.pem());
    RdapOptions options;
    options.ca_file = dir / "ca.pem";
    rdap_.use(RdapBootstrap::parse(safe.bootstrap()).value());
    EXPECT_EQ(failure("harbour.com"), errc::certificate_untrusted);
    rdap_.configure(options);
    EXPECT_TRUE(ask("harbour.com").registration);
}

}  // namespace
}  // namespace enrichd::test::rdap_test
