#include "app/memory.hpp"

#include <gtest/gtest.h>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
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

TEST_F(MemoryTest, AListThatWasFetchedAtNoTimeIsNone) {
    for (const char* when : {"-9223372036854775808", "9223372036854775807", "99999999999999999999", "x", ""})
        EXPECT_EQ(suffixes_fetched(when), 0U) << when;
}

}  // namespace
}  // namespace enrichd::test
