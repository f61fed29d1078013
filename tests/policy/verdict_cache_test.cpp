#include "policy/verdict_cache.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{};

DomainStatsVerdict verdict(std::string category) {
    DomainStatsVerdict out;
    out.category = std::move(category);
    return out;
}

TEST(VerdictCache, KeepsAVerdictForItsTimeToLiveGiveOrTakeATenth) {
    VerdictCache cache({});
    cache.put("old.com", verdict("ESTABLISHED"), start);
    cache.put("new.com", verdict("NEW"), start);
    cache.put("err.com", verdict("ERROR"), start);
    EXPECT_EQ(cache.find("old.com", start)->category, "ESTABLISHED");
    EXPECT_TRUE(cache.find("err.com", start + 53s));
    EXPECT_FALSE(cache.find("err.com", start + 67s));
    EXPECT_TRUE(cache.find("new.com", start + 53min));
    EXPECT_FALSE(cache.find("new.com", start + 67min));
    EXPECT_TRUE(cache.find("old.com", start + 21h));
    EXPECT_FALSE(cache.find("old.com", start + 27h));
    EXPECT_EQ(cache.size(), 0U) << "what has expired is gone";
    EXPECT_EQ(cache.hits(), 4U);
    EXPECT_EQ(cache.misses(), 3U);
}

TEST(VerdictCache, DropsTheLeastRecentlyUsed) {
    CacheOptions options;
    options.entries = 2;
    VerdictCache cache(options);
    cache.put("a.com", verdict("NEW"), start);
    cache.put("b.com", verdict("NEW"), start);
    EXPECT_TRUE(cache.find("a.com", start));
    cache.put("c.com", verdict("NEW"), start);
    EXPECT_TRUE(cache.find("a.com", start));
    EXPECT_FALSE(cache.find("b.com", start));
    EXPECT_TRUE(cache.find("c.com", start));
}

TEST(VerdictCache, IsBoundedByBytesToo) {
    CacheOptions options;
    options.bytes = 100'000;
    VerdictCache cache(options);
    DomainStatsVerdict big = verdict("NEW");
    big.alerts.assign(16, std::string(512, 'a'));
    for (int i = 0; i < 100; ++i) cache.put(std::to_string(i) + ".com", big, start);
    EXPECT_LE(cache.bytes(), options.bytes);
    EXPECT_GT(cache.size(), 5U);
    EXPECT_LT(cache.size(), 20U);
}

TEST(VerdictCache, ReplacesAVerdict) {
    VerdictCache cache({});
    cache.put("a.com", verdict("NEW"), start);
    const std::size_t one = cache.bytes();
    cache.put("a.com", verdict("ESTABLISHED"), start);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(cache.bytes(), one);
    EXPECT_EQ(cache.find("a.com", start)->category, "ESTABLISHED");
}

TEST(VerdictCache, KeepsWhatFitsWhenItsBoundsChange) {
    VerdictCache cache({});
    for (int i = 0; i < 10; ++i) cache.put(std::to_string(i) + ".com", verdict("NEW"), start);
    CacheOptions smaller;
    smaller.entries = 3;
    cache.configure(smaller);
    EXPECT_EQ(cache.size(), 3U);
    EXPECT_TRUE(cache.find("9.com", start));
    EXPECT_FALSE(cache.find("0.com", start));
}

}  // namespace
}  // namespace enrichd::test
