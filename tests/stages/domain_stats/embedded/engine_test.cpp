#include "stages/domain_stats/embedded/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/units.hpp"
#include "fakes/fake_rdap.hpp"
#include "stages/domain_stats/domain_times.hpp"
#include "support/made_up_names.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::engine_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeRdap;
using std::chrono::days;

/// A list with the name top1m.
struct KnownList final : KnownNames {
    std::string known_by(std::string_view domain) const override {
        const bool known = domain == "decreed.com" || domain == "qzxwvjkpfh.net" ||
                           domain == "d1zkz3k4cclnv6.cloudfront.net";
        return known ? "top1m" : "";
    }
    std::size_t known_names() const override { return 3; }
};

class EngineTest : public testing::Test {
  protected:
    EngineTest() {
        engine_.remember_in(domains_);
        engine_.ask(rdap_);
        engine_.know(known_);
        engine_.tell_time_by([this] { return now_; });
    }
    ~EngineTest() override {
        rdap_.close_idle();
        io_.restart();
        io_.poll();
    }
    /// Asks, and tells what comes.
    DomainStatsAnswer ask(const std::string& name) {
        DomainStatsAnswer answer = ask_only(name);
        const std::string domain(HostName::parse(name)->registrable());
        EXPECT_FALSE(run(io_, domains_.mark_reported({"domain_stats", domain, "", now_})));
        return answer;
    }
    DomainStatsAnswer ask_only(const std::string& name) {
        Ticket ticket;
        return run(io_, engine_.ask(*HostName::parse(name), ticket)).value();
    }
    /// Scores alone.
    void without_registries() { engine_ = Engine(FrequencyTable::built_in(), {}); }
    std::string here() const { return to_http_date(now_); }

    asio::io_context io_;
    TempDir dir_;
    Lookup lookup_{io_};
    FakeRdap fake_;
    Rdap rdap_{io_, lookup_, RdapBootstrap::parse(fake_.bootstrap()).value(), {}};
    Database database_{io_, {dir_ / "enrichd.db"}};
    Domains domains_{database_, 1000};
    KnownList known_;
    Engine engine_{FrequencyTable::built_in(), {}};
    WallTime now_ = wall_seconds(WallClock::now());
};

TEST_F(EngineTest, SaysAFirstContactOnceForADomainAndAllItsHosts) {
    const WallTime first = now_;
    DomainStatsAnswer answer = ask("www.harbour.com");
    EXPECT_TRUE(answer.first_contact);
    EXPECT_EQ(answer.verdict.category, "ESTABLISHED");
    EXPECT_EQ(answer.verdict.seen_by_isc, "RDAP");
    EXPECT_EQ(answer.verdict.seen_by_web, "Thu, 27 Aug 2009 16:51:19 GMT");
    EXPECT_EQ(answer.verdict.seen_by_you, here());
    EXPECT_EQ(answer.verdict.freq_scores.size(), 2U);
    EXPECT_TRUE(answer.verdict.alerts.empty());
    now_ += 1h;
    answer = ask("cdn.harbour.com");
    EXPECT_FALSE(answer.first_contact);
    EXPECT_EQ(answer.verdict.seen_by_you, to_http_date(first));
    EXPECT_EQ(fake_.requests(), 1U);
}

TEST_F(EngineTest, ReadsInternationalisedNamesAsPeopleDo) {
    for (const char* domain :
         {"b\xc3\xbc"
          "cher-laden.de",
          "m\xc3\xbcnchen-kaffee.de", "ch\xc3\xa2teau-vins.fr", "kaffeer\xc3\xb6sterei.at",
          "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.com",
          "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84", "\xe4\xbe\x8b\xe3\x81\x88.jp",
          "\xf0\x9f\x92\xa9.la",
          "pa\xc5\x82"
          "ac-kultury.pl"})
        EXPECT_TRUE(ask(domain).verdict.alerts.empty()) << domain;
    EXPECT_TRUE(ask("\xe4\xbe\x8b\xe3\x81\x88.jp").verdict.freq_scores.empty()) << "nothing to judge by";
    for (const char* domain : {"qzxwvjkpfhq\xc3\xbc.com", "xn--qzxwvjkpfh99999.com", "xn--qzxwvjkpfh-.com"})
        EXPECT_FALSE(ask(domain).verdict.alerts.empty()) << domain;
}

TEST_F(EngineTest, GradesTheScoresOfTheTableByItsThresholds) {
    EngineOptions options;
    options.by_model = false;
    engine_.configure(options);
    EXPECT_EQ(ask("qzxwvjkpfh.com").verdict.alerts, std::vector<std::string>{"LOW-FREQ-SCORES"});
    options.average_alert = 0;
    options.word_alert = 100;
    engine_.configure(options);
    EXPECT_EQ(ask("harbour.com").verdict.alerts, std::vector<std::string>{"SUSPECT-FREQ-SCORE"});
    options.word_alert = 0;
    engine_.configure(options);
    EXPECT_TRUE(ask("qzxwvjkpfh.com").verdict.alerts.empty());
}

TEST_F(EngineTest, GradesTheScoreOfTheModelByItsFalseAlarmRate) {
    EXPECT_EQ(ask("qzxwvjkpfh.com").verdict.alerts, std::vector<std::string>{"LOW-FREQ-SCORES"});
    EXPECT_TRUE(ask("harbour.com").verdict.alerts.empty());
    const auto suspects = [this] {
        std::size_t count = 0;
        for (const std::string& name : data_lines("real_domains.txt"))
            count += ask_only(name).verdict.alerts.empty() ? 0 : 1;
        return count;
    };
    without_registries();
    const std::size_t usual = suspects();
    EngineOptions lenient;
    lenient.model_fpr = 0.1;
    engine_.configure(lenient);
    EXPECT_GT(suspects(), 4 * usual);
}

TEST_F(EngineTest, RatesALabelTheSameUnderEachSuffix) {
    for (const char* suffix : {".com", ".info", ".tickets", ".ddns.net", ".azurewebsites.net", ".co.uk"}) {
        EXPECT_EQ(ask(std::string("qzxwvjkpfh") + suffix).verdict.alerts,
                  std::vector<std::string>{"LOW-FREQ-SCORES"})
            << suffix;
        EXPECT_TRUE(ask(std::string("harbour") + suffix).verdict.alerts.empty()) << suffix;
    }
}

TEST_F(EngineTest, NoNameThatEachFleetAsksForLooksRandom) {
    without_registries();
    std::size_t suspect = 0;
    for (const std::string& name : data_lines("infrastructure_names.txt")) {
        const auto alerts = ask_only(name).verdict.alerts;
        EXPECT_EQ(std::count(alerts.begin(), alerts.end(), "LOW-FREQ-SCORES"), 0) << name;
        suspect += alerts.empty() ? 0 : 1;
    }
    EXPECT_LE(suspect, 4U);
}

TEST_F(EngineTest, InternationalNamesGiveAtMostThreeTimesTheFalseAlarmsOfOthers) {
    without_registries();
    const auto rate = [this](const char* file) {
        const auto names = data_lines(file);
        const auto alarms = std::count_if(names.begin(), names.end(), [this](const std::string& name) {
            return !ask_only(name).verdict.alerts.empty();
        });
        return static_cast<double>(alarms) / static_cast<double>(names.size());
    };
    EXPECT_LE(rate("international_domains.txt"), 3 * rate("real_domains.txt"));
}

TEST_F(EngineTest, LabelsThatAProviderMadeUpGiveOneFirstContactForAll) {
    const DomainStatsAnswer first = ask_only("d111111abcdef8.cloudfront.net");
    EXPECT_TRUE(first.first_contact);
    EXPECT_TRUE(first.verdict.alerts.empty()) << "its label says nothing";
    EXPECT_EQ(first.verdict.category, "ESTABLISHED") << "its provider's age";
    EXPECT_FALSE(run(io_, domains_.mark_reported({"domain_stats", "cloudfront.net", "", now_})));
    EXPECT_FALSE(ask_only("d2222222abcdef.cloudfront.net").first_contact);
    EXPECT_TRUE(ask_only("shop.cloudfront.net").first_contact) << "somebody chose that label";
}

TEST_F(EngineTest, LetsANewDomainGrowOldWithoutAnotherFirstContact) {
    EXPECT_EQ(ask("newborn.com").verdict.category, "NEW");
    now_ += days(100);
    EXPECT_EQ(ask("newborn.com").verdict.category, "NEW");
    EXPECT_EQ(fake_.requests(), 1U) << "what the registry said is good until it expires";
    now_ += days(800);
    const DomainStatsAnswer old = ask("newborn.com");
    EXPECT_EQ(old.verdict.category, "ESTABLISHED");
    EXPECT_FALSE(old.first_contact);
    EXPECT_EQ(fake_.requests(), 2U);
}

TEST_F(EngineTest, HidesNoFirstContactWhenTheAgeIsNotKnown) {
    DomainStatsAnswer answer = ask("missing.com");
    EXPECT_TRUE(answer.first_contact);
    EXPECT_TRUE(worth_an_event(answer));
    EXPECT_EQ(answer.verdict.category, "UNKNOWN");
    EXPECT_EQ(answer.verdict.seen_by_web, "UNKNOWN");
    EXPECT_EQ(answer.verdict.seen_by_you, here());
    EXPECT_NE(answer.verdict.age_failure.find("returned 404"), std::string::npos);
    answer = ask("missing.com");
    EXPECT_FALSE(worth_an_event(answer)) << "a registry's failure says nothing against the domain";
    EXPECT_NE(answer.verdict.age_failure.find("returned 404"), std::string::npos);
    EXPECT_EQ(fake_.requests(), 1U);
    now_ += days(8);
    ask("missing.com");
    EXPECT_EQ(fake_.requests(), 2U);
}

TEST_F(EngineTest, AsksAgainSoonWhenTheRegistryHadABadDay) {
    ask("broken.com");
    now_ += 50min;
    ask("broken.com");
    EXPECT_EQ(fake_.requests(), 1U);
    now_ += 11min;
    ask("broken.com");
    EXPECT_EQ(fake_.requests(), 2U);
}

TEST_F(EngineTest, SaysWhenNobodyCouldBeAskedForTheAge) {
    ask("limited.com");
    const DomainStatsVerdict verdict = ask("harbour.com").verdict;
    EXPECT_EQ(verdict.category, "UNKNOWN");
    EXPECT_TRUE(verdict.provisional) << "soon again: its registry rests";
    EXPECT_EQ(DomainTimes().of(verdict), DomainTimes().error);
    EXPECT_FALSE(ask("harbour.de").verdict.provisional) << "there is no registry";
}

TEST_F(EngineTest, BelievesNoDateThatAWrongClockHasWritten) {
    for (const char* domain : {"newborn.com", "harbour.com"}) {
        EXPECT_FALSE(run(io_, domains_.note(domain, now_)).has_error());
        const KnownAge known{Registration{now_ - days(4000), {}}, "", now_ + days(4000)};
        EXPECT_FALSE(run(io_, domains_.learn(domain, known)));
    }
    EXPECT_EQ(ask("newborn.com").verdict.category, "NEW");
    const KnownAge failed{{}, "RDAP lookup returned 404", now_ + days(300)};
    EXPECT_FALSE(run(io_, domains_.learn("harbour.com", failed)));
    EXPECT_EQ(ask("harbour.com").verdict.category, "ESTABLISHED");
    EXPECT_EQ(fake_.requests(), 2U);
}

TEST_F(EngineTest, SaysWhenTheAgeIsWorthAnotherQuestion) {
    ask("limited.com");
    EXPECT_TRUE(ask("harbour.com").age_again_in);
    EXPECT_FALSE(ask("harbour.de").age_again_in);
}

TEST_F(EngineTest, AsksAnExpiredDomainOnceADay) {
    EXPECT_EQ(ask("expired.com").verdict.category, "ESTABLISHED");
    ask("expired.com");
    EXPECT_EQ(fake_.requests(), 1U);
    now_ += days(1);
    EXPECT_FALSE(ask("expired.com").first_contact);
    EXPECT_EQ(fake_.requests(), 2U);
}

TEST_F(EngineTest, KeepsARegistrationWhenItsRegistryIsAwayLater) {
    EXPECT_FALSE(run(io_, domains_.note("broken.com", now_)).has_error());
    EXPECT_FALSE(run(io_, domains_.learn("broken.com", {Registration{now_ - days(9), now_}, "", now_})));
    EXPECT_EQ(ask("broken.com").verdict.category, "NEW");
    EXPECT_EQ(fake_.requests(), 1U);
}

TEST_F(EngineTest, TakesAListsWordForADomainAndAsksNobody) {
    const DomainStatsAnswer answer = ask("www.decreed.com");
    EXPECT_FALSE(answer.first_contact);
    EXPECT_EQ(answer.verdict.category, "ESTABLISHED");
    EXPECT_EQ(answer.verdict.seen_by_isc, "top1m");
    EXPECT_EQ(answer.verdict.seen_by_you, here());
    EXPECT_EQ(fake_.requests(), 0U);
    EXPECT_FALSE(run(io_, domains_.note("decreed.com", now_))->first) << "also when the list is gone";
}

TEST_F(EngineTest, SaysNothingAgainstADomainOfTheList) {
    for (const char* name : {"qzxwvjkpfh.net", "d1zkz3k4cclnv6.cloudfront.net"}) {
        const DomainStatsAnswer answer = ask(name);
        EXPECT_FALSE(worth_an_event(answer)) << name;
        EXPECT_EQ(answer.verdict.freq_scores.size(), 2U) << "the scores are told all the same";
    }
    EXPECT_EQ(ask("qzxwvjkpfh.com").verdict.alerts, std::vector<std::string>{"LOW-FREQ-SCORES"});
}

TEST_F(EngineTest, SaysAFirstContactUntilSomebodyIsTold) {
    EXPECT_FALSE(ask_only("harbour.com").recovered);
    now_ += 5s;
    const DomainStatsAnswer again = ask("harbour.com");
    EXPECT_TRUE(again.first_contact);
    EXPECT_TRUE(again.recovered);
    EXPECT_FALSE(ask("harbour.com").first_contact);
}

TEST_F(EngineTest, AsksNoRegistryForNamesThatAProviderGivesOut) {
    const DomainStatsAnswer answer = ask("myhome.duckdns.org");
    EXPECT_TRUE(answer.first_contact);
    EXPECT_EQ(answer.verdict.category, "UNKNOWN");
    EXPECT_EQ(fake_.requests(), 0U);
}

TEST_F(EngineTest, KnowsNoAgeWhenRegistriesAreNotToBeAsked) {
    EXPECT_EQ(ask("harbour.com").verdict.category, "ESTABLISHED");
    Engine alone(FrequencyTable::built_in(), {});
    alone.remember_in(domains_);
    Ticket ticket;
    EXPECT_EQ(run(io_, alone.ask(*HostName::parse("harbour.com"), ticket))->verdict.category, "UNKNOWN");
}

TEST_F(EngineTest, WithoutAStateFileKnowsOfNoContact) {
    Engine alone(FrequencyTable::built_in(), {});
    Ticket ticket;
    const auto answer = run(io_, alone.ask(*HostName::parse("harbour.com"), ticket)).value();
    EXPECT_FALSE(answer.first_contact);
    EXPECT_EQ(answer.verdict.category, "UNKNOWN");
    EXPECT_EQ(answer.verdict.seen_by_you, "UNKNOWN");
    EXPECT_TRUE(run(io_, alone.probe()));
}

TEST_F(EngineTest, FailsWithItsStateFile) {
    database_.close();
    io_.restart();
    io_.poll();
    Database absent(io_, {dir_ / "nowhere" / "enrichd.db", false, 10ms});
    Domains domains(absent, 10);
    engine_.remember_in(domains);
    Ticket ticket;
    EXPECT_EQ(run(io_, engine_.ask(*HostName::parse("harbour.com"), ticket)).error(), errc::store_unwritable);
    EXPECT_EQ(run(io_, engine_.probe()).error(), errc::store_unwritable);
    EXPECT_EQ(fake_.requests(), 0U);
    absent.close();
    io_.restart();
    io_.poll();
}

}  // namespace
}  // namespace enrichd::test::engine_test
