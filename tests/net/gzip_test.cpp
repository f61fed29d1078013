#include "net/gzip.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace enrichd::test {
namespace {

std::string packed(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

TEST(Gzip, IsUnpacked) {
    for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
        const std::string text(size, 'x');
        const auto back = gunzip(packed(text), 1'000'000);
        ASSERT_TRUE(back) << size;
        EXPECT_EQ(*back, text);
    }
}

TEST(Gzip, GrowsNoFurtherThanItMay) {
    EXPECT_TRUE(gunzip(packed(std::string(1000, 'x')), 1000));
    EXPECT_EQ(gunzip(packed(std::string(1001, 'x')), 1000).error(), errc::body_too_large);
    EXPECT_EQ(gunzip(packed(std::string(64 << 20, 'x')), 1 << 20).error(), errc::body_too_large);
}

TEST(Gzip, DamageIsAnError) {
    const std::string good = packed("some text of some length");
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_EQ(gunzip(good.substr(0, size), 1000).error(), errc::body_encoding) << size;
    EXPECT_EQ(gunzip(good + "x", 1000).error(), errc::body_encoding);
    std::string wrong_length = good;
    wrong_length[wrong_length.size() - 4] ^= 1;
    EXPECT_EQ(gunzip(wrong_length, 1000).error(), errc::body_encoding);
    EXPECT_EQ(gunzip("{\"plain\":1}", 1000).error(), errc::body_encoding);
}

}  // namespace
}  // namespace enrichd::test
