#include "net/upstream_url.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::upstream_url_test {
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

TEST(UpstreamUrl, HttpsMeansTlsAndAnotherPort) {
    EXPECT_TRUE(parse_upstream_url("https://x")->tls);
    EXPECT_EQ(parse_upstream_url("https://x")->port, 443);
    EXPECT_EQ(parse_upstream_url("https://x:8443/")->port, 8443);
    EXPECT_FALSE(parse_upstream_url("http://x")->tls);
}

TEST(ProxyUrl, HoldsUserAndPasswordAsTheyAre) {
    const auto proxy = parse_proxy_url("http://jane:p%40ss%3Aword@proxy.example.com:3128/");
    EXPECT_EQ(proxy->host, "proxy.example.com");
    EXPECT_EQ(proxy->port, 3128);
    EXPECT_EQ(proxy->credentials.reveal(), "jane:p@ss:word");
    EXPECT_TRUE(parse_proxy_url("http://[::1]:3128")->credentials.empty());
    for (const char* text : {"", "proxy:3128", "http://proxy", "https://proxy:3128", "socks5://proxy:1080",
                             "http://proxy:3128/path", "http://proxy:0", "http://proxy:3128?q"})
        EXPECT_FALSE(parse_proxy_url(text)) << text;
}

TEST(ProxyUrl, IsShownWithoutThem) {
    EXPECT_EQ(without_credentials("http://jane:secret@proxy:3128"), "http://***@proxy:3128");
    EXPECT_EQ(without_credentials("http://proxy:3128"), "http://proxy:3128");
    EXPECT_EQ(without_credentials(""), "");
}

TEST(UpstreamUrl, RefusesWhatCannotBeAsked) {
    for (const char* text :
         {"", "x", "http://", "http:///x", "ftp://x", "http://user:pass@x", "http://x/?q", "http://x/#f",
          "http://x:0", "http://x:99999", "http://x y/", "https://otx%00evil.com", "http://x%0d%0ay",
          "http://[fe80::1%25eth0]", "http://[::1]x.com/"})
        EXPECT_FALSE(parse_upstream_url(text)) << text;
}

}  // namespace
}  // namespace enrichd::test::upstream_url_test
