#include "app/memory.hpp"

#include <gtest/gtest.h>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::memory_test {
namespace {

class MemoryTest : public testing::Test {
  protected:
    static RdapOptions options() {
        RdapOptions out;
        out.bootstrap_url = parse_upstream_url("https://registries.example/dns.json");
        return out;
    }
    /// How many suffixes are known after a restart, when the list of an earlier run was fetched at a time.
    std::size_t suffixes_fetched(const std::string& when) {
        Rdap rdap(io_, lookup_, RdapBootstrap(), options());
        Memory memory(snapshot_, verdicts_, otx_verdicts_);
        memory.of(rdap);
        snapshot_.note_fact("rdap_bootstrap", R"({"services":[[["com","net"],["https://rdap.example/"]]]})");
        snapshot_.note_fact("rdap_bootstrap_fetched", rdap.bootstrap_url() + " " + when);
        EXPECT_FALSE(run(io_, memory.restore()));
        return rdap.bootstrap().suffixes();
    }

    /// Verdicts of an earlier run, and what of them is known in this one.
    void remember(const std::string& domain, const std::string& category, std::chrono::seconds age) {
        DomainStatsVerdict verdict;
        verdict.category = category;
        const WallTime now = wall_seconds(WallClock::now());
        snapshot_.remember({Verdicts::provider_name, domain, PackedVerdict(verdict).bytes(),
                            now + std::chrono::days(400), now - age});
    }
    std::string category(const std::string& domain) {
        const PackedVerdict* const known = verdicts_.find(domain, Clock::now());
        return known ? known->unpack().category : "";
    }

    asio::io_context io_;
    TempDir dir_;
    Lookup lookup_{io_};
    Database database_{io_, {dir_ / "enrichd.db"}};
    Snapshot snapshot_{database_, 100};
    VerdictCache<PackedVerdict> verdicts_{CacheOptions{}};
    VerdictCache<OtxVerdictPtr> otx_verdicts_{CacheOptions{}};
};

TEST_F(MemoryTest, TheListOfRegistriesOfAnEarlierRunIsUsed) {
    EXPECT_EQ(suffixes_fetched("1795492550"), 2U);
}

TEST_F(MemoryTest, AVerdictOfAnEarlierRunDoesNotOutliveTodaysTimeToLive) {
    using namespace std::chrono_literals;
    remember("old.com", "ESTABLISHED", 5h);
    remember("fresh.com", "NEW", 2h);
    remember("good.com", "NEW", 30min);
    remember("ahead.com", "ESTABLISHED", -std::chrono::days(800));
    Memory memory(snapshot_, verdicts_, otx_verdicts_);
    memory.keep_for({}, {});
    EXPECT_FALSE(run(io_, memory.restore()));
    EXPECT_EQ(category("old.com"), "ESTABLISHED");
    EXPECT_EQ(category("fresh.com"), "");
    EXPECT_EQ(category("good.com"), "NEW");
    EXPECT_EQ(category("ahead.com"), "") << "written while the clock was two years ahead";
    EXPECT_EQ(run(io_, snapshot_.count()).value(), 3U) << "and it takes nobody's room";
    DomainTimes shorter;
    shorter.established = 4h;
    verdicts_.limit(shorter.all());
    EXPECT_EQ(category("old.com"), "") << "nor one that a reload lowers: it is five hours old";
}

TEST_F(MemoryTest, AVerdictOfAnotherServerIsNotTakenForTheNewOnes) {
    remember("x.com", "NEW", std::chrono::seconds(0));
    snapshot_.note_fact("domain_stats_judge", "http http://old.example");
    snapshot_.note_fact("domain_stats_zone_seconds", "36000");
    Memory memory(snapshot_, verdicts_, otx_verdicts_);
    memory.judged_by("http http://new.example");
    EXPECT_FALSE(run(io_, memory.restore()));
    EXPECT_EQ(category("x.com"), "");
    EXPECT_EQ(*run(io_, snapshot_.fact("domain_stats_zone_seconds")), "") << "the zone was the old one's";
}

TEST_F(MemoryTest, AListThatWasFetchedAtNoTimeIsNone) {
    for (const char* when : {"-9223372036854775808", "9223372036854775807", "99999999999999999999", "x", ""})
        EXPECT_EQ(suffixes_fetched(when), 0U) << when;
}

}  // namespace
}  // namespace enrichd::test::memory_test
