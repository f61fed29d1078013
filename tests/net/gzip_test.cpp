#include "net/gzip.hpp"

#include <gtest/gtest.h>

#include "fakes/http_server.hpp"

namespace enrichd::test::gzip_test {
namespace {

using fakes::gzipped;

TEST(Gzip, IsUnpacked) {
    for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
        const std::string text(size, 'x');
        const auto back = gunzip(gzipped(text), 1'000'000);
        ASSERT_TRUE(back) << size;
        EXPECT_EQ(*back, text);
    }
}

TEST(Gzip, GrowsNoFurtherThanItMay) {
    EXPECT_TRUE(gunzip(gzipped(std::string(1000, 'x')), 1000));
    EXPECT_EQ(gunzip(gzipped(std::string(1001, 'x')), 1000).error(), errc::body_too_large);
    EXPECT_EQ(gunzip(gzipped(std::string(64 << 20, 'x')), 1 << 20).error(), errc::body_too_large);
}

TEST(Gzip, DamageIsAnError) {
    const std::string good = gzipped("some text of some length");
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_EQ(gunzip(good.substr(0, size), 1000).error(), errc::body_encoding) << size;
    EXPECT_EQ(gunzip(good + "x", 1000).error(), errc::body_encoding);
    std::string wrong_length = good;
    wrong_length[wrong_length.size() - 4] ^= 1;
    EXPECT_EQ(gunzip(wrong_length, 1000).error(), errc::body_encoding);
    EXPECT_EQ(gunzip("{\"plain\":1}", 1000).error(), errc::body_encoding);
}

}  // namespace
}  // namespace enrichd::test::gzip_test
