#include "app/restart_keys.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::restart_keys_test {
namespace {

TEST(RestartKeys, NameWhatAReloadCannotChange) {
    const Config before;
    EXPECT_EQ(restart_keys(before, before), "");
    Config after;
    after.domain_stats.embedded.known = "/list";
    after.state.full_sync = true;
    EXPECT_EQ(restart_keys(before, after), "domain_stats.embedded.known, state.sync");
}

TEST(RestartKeys, AreNoneOfThoseThatItChanges) {
    Config after;
    after.domain_stats.embedded.word_alert = 3;
    after.domain_stats.embedded.rdap_requests_per_hour = 1;
    after.gate.skip_suffixes = {"corp.acme.com"};
    after.cache.entries = 1;
    EXPECT_EQ(restart_keys(Config(), after), "");
}

}  // namespace
}  // namespace enrichd::test::restart_keys_test
