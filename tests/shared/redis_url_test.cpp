#include "shared/redis_url.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::redis_url_test {
namespace {

TEST(RedisUrlTest, NamesServerUserAndDatabase) {
    const auto plain = parse_redis_url("redis://cache.internal");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "cache.internal");
    EXPECT_EQ(plain->port, 6379);
    EXPECT_FALSE(plain->tls);
    EXPECT_EQ(plain->database, 0U);
    const auto all = parse_redis_url("rediss://enrichd@[::1]:7000/2");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->host, "::1");
    EXPECT_EQ(all->port, 7000);
    EXPECT_TRUE(all->tls);
    EXPECT_EQ(all->user, "enrichd");
    EXPECT_EQ(all->database, 2U);
}

TEST(RedisUrlTest, NamesAMasterOfSentinel) {
    const auto url = parse_redis_url("redis-sentinel://s1.internal/mymaster/1");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->port, 26379);
    EXPECT_EQ(url->master, "mymaster");
    EXPECT_EQ(url->database, 1U);
    EXPECT_FALSE(parse_redis_url("redis-sentinel://s1.internal"));
}

TEST(RedisUrlTest, TakesNothingElse) {
    for (const char* const text :
         {"", "redis://", "http://x", "redis://x/a", "redis://x/1/2", "redis://x:0", "redis://x:99999",
          "redis://x?y", "redis://u:password@x", "redisss://x", "redis-cluster://x"})
        EXPECT_FALSE(parse_redis_url(text)) << text;
}

}  // namespace
}  // namespace enrichd::test::redis_url_test
