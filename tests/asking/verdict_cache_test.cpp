#include "asking/verdict_cache.hpp"

#include <gtest/gtest.h>

#include "stages/domain_stats/domain_times.hpp"

namespace enrichd::test::verdict_cache_test {
namespace {

using namespace std::chrono_literals;

using Cache = VerdictCache<DomainStatsVerdict>;

constexpr Clock::time_point start{};

DomainStatsVerdict verdict(std::string category) {
    DomainStatsVerdict out;
    out.category = std::move(category);
    return out;
}

TEST(VerdictCache, KeepsAVerdictForItsTimeToLiveOrUpToATenthLess) {
    Cache cache({});
    cache.put("a.com", verdict("ESTABLISHED"), 1min, start);
    cache.put("b.com", verdict("NEW"), 1h, start);
    EXPECT_EQ(cache.find("a.com", start)->category, "ESTABLISHED");
    EXPECT_TRUE(cache.find("a.com", start + 53s));
    EXPECT_FALSE(cache.find("a.com", start + 60s));
    EXPECT_TRUE(cache.find("b.com", start + 53min));
    EXPECT_FALSE(cache.find("b.com", start + 60min));
    EXPECT_EQ(cache.size(), 0U) << "what has expired is gone";
    EXPECT_EQ(cache.hits(), 3U);
    EXPECT_EQ(cache.misses(), 2U);
}

TEST(VerdictCache, APeekCountsForNothing) {
    Cache cache({});
    cache.put("a.com", verdict("NEW"), 1min, start);
    EXPECT_TRUE(cache.peek("a.com", start));
    EXPECT_FALSE(cache.peek("a.com", start + 1h));
    EXPECT_FALSE(cache.peek("b.com", start));
    EXPECT_EQ(cache.hits() + cache.misses(), 0U);
}

TEST(VerdictCache, IsEmptyAfterAClear) {
    Cache cache({});
    cache.put("a.com", verdict("NEW"), 1min, start);
    cache.clear();
    EXPECT_FALSE(cache.find("a.com", start));
    EXPECT_EQ(cache.size() + cache.bytes(), 0U);
}

TEST(VerdictCache, DropsTheLeastRecentlyUsed) {
    CacheOptions options;
    options.entries = 2;
    Cache cache(options);
    cache.put("a.com", verdict("NEW"), 1h, start);
    cache.put("b.com", verdict("NEW"), 1h, start);
    EXPECT_TRUE(cache.find("a.com", start));
    cache.put("c.com", verdict("NEW"), 1h, start);
    EXPECT_TRUE(cache.find("a.com", start));
    EXPECT_FALSE(cache.find("b.com", start));
    EXPECT_TRUE(cache.find("c.com", start));
}

TEST(VerdictCache, IsBoundedByBytesToo) {
    CacheOptions options;
    options.bytes = 100'000;
    Cache cache(options);
    DomainStatsVerdict big = verdict("NEW");
    big.alerts.assign(16, std::string(512, 'a'));
    for (int i = 0; i < 100; ++i) cache.put(std::to_string(i) + ".com", big, 1h, start);
    EXPECT_LE(cache.bytes(), options.bytes);
    EXPECT_GT(cache.size(), 5U);
    EXPECT_LT(cache.size(), 20U);
}

TEST(VerdictCache, ReplacesAVerdict) {
    Cache cache({});
    cache.put("a.com", verdict("NEW"), 1h, start);
    const std::size_t one = cache.bytes();
    cache.put("a.com", verdict("ESTABLISHED"), 1h, start);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(cache.bytes(), one);
    EXPECT_EQ(cache.find("a.com", start)->category, "ESTABLISHED");
}

TEST(VerdictCache, KeepsWhatFitsWhenItsBoundsChange) {
    Cache cache({});
    for (int i = 0; i < 10; ++i) cache.put(std::to_string(i) + ".com", verdict("NEW"), 1h, start);
    CacheOptions smaller;
    smaller.entries = 3;
    cache.configure(smaller);
    EXPECT_TRUE(cache.trim(5)) << "a little at a time: one handler must not remove a million";
    EXPECT_EQ(cache.size(), 5U);
    EXPECT_FALSE(cache.trim(5));
    EXPECT_EQ(cache.size(), 3U);
    EXPECT_TRUE(cache.find("9.com", start));
    EXPECT_FALSE(cache.find("0.com", start));
}

TEST(VerdictCache, GoesBackIntoItsBoundsWithWhatIsPut) {
    Cache cache({});
    for (int i = 0; i < 200; ++i) cache.put(std::to_string(i) + ".com", verdict("NEW"), 1h, start);
    CacheOptions smaller;
    smaller.entries = 3;
    cache.configure(smaller);
    for (int i = 0; i < 5; ++i) cache.put("more.com", verdict("NEW"), 1h, start);
    EXPECT_EQ(cache.size(), 3U);
}

TEST(VerdictCache, ATimeToLiveThatIsLoweredHoldsForWhatIsThereToo) {
    Cache cache({});
    cache.put("old.com", verdict("ESTABLISHED"), 24h, start, {DomainTimes::an_established, 2h});
    cache.put("new.com", verdict("NEW"), 24h, start, {DomainTimes::a_fresh});
    cache.put("other.com", verdict("NEW"), 24h, start);
    DomainTimes today;
    today.established = 3h;
    today.fresh = 1h;
    cache.limit(today.all());
    EXPECT_TRUE(cache.find("old.com", start + 59min));
    EXPECT_FALSE(cache.peek("old.com", start + 60min)) << "it was two hours old when it came";
    EXPECT_TRUE(cache.peek("new.com", start + 59min));
    EXPECT_FALSE(cache.find("new.com", start + 60min));
    EXPECT_TRUE(cache.find("other.com", start + 20h));
    today.established = 48h;
    cache.limit(today.all());
    EXPECT_FALSE(cache.peek("old.com", start + 24h)) << "one that is raised is for what comes";
}

TEST(VerdictCache, SaysThatSomethingWasMadeToBeForgotten) {
    Cache cache({});
    cache.put("a.com", verdict("NEW"), 1h, start);
    cache.drop("a.com");
    EXPECT_EQ(cache.flushes(), 0U);
    cache.erase("absent.com");
    EXPECT_EQ(cache.flushes(), 1U) << "its answer may be on its way";
    cache.clear();
    EXPECT_EQ(cache.flushes(), 2U);
}

}  // namespace
}  // namespace enrichd::test::verdict_cache_test
