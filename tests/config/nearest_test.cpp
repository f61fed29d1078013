#include "config/nearest.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::nearest_test {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
    const Words verbs{"check", "cache", "run", "replay"};
    EXPECT_EQ(nearest("chek", verbs), "check");
    EXPECT_EQ(nearest("CHECK", verbs), "check");
    EXPECT_EQ(nearest("domain-stats", {"domain_stats", "state"}), "domain_stats");
    EXPECT_EQ(nearest("zzzzzzzzz", verbs), "");
    EXPECT_EQ(nearest(std::string(100'000, 'x'), verbs), "");
    EXPECT_EQ(nearest("", {}), "");
}

}  // namespace
}  // namespace enrichd::test::nearest_test
