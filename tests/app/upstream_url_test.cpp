#include "app/upstream_url.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

TEST(UpstreamUrl, IsTakenApart) {
    const auto url = parse_upstream_url("http://stats.example.com:5730/base/");
    EXPECT_EQ(url->host, "stats.example.com");
    EXPECT_EQ(url->port, 5730);
    EXPECT_EQ(url->path, "/base");
    EXPECT_EQ(parse_upstream_url("http://[::1]")->host, "::1");
    EXPECT_EQ(parse_upstream_url("http://[::1]")->port, 80);
    EXPECT_EQ(parse_upstream_url("HTTP://x/")->path, "");
}

TEST(UpstreamUrl, RefusesWhatCannotBeAsked) {
    for (const char* text : {"", "x", "http://", "http:///x", "https://x", "ftp://x", "http://user:pass@x",
                             "http://x/?q", "http://x/#f", "http://x:0", "http://x:99999", "http://x y/"})
        EXPECT_FALSE(parse_upstream_url(text)) << text;
}

}  // namespace
}  // namespace enrichd::test
