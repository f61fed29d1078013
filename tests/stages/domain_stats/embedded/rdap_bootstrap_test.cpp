#include "stages/domain_stats/embedded/rdap_bootstrap.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::rdap_bootstrap_test {
namespace {

RdapBootstrap parse(const std::string& services) {
    return RdapBootstrap::parse(R"({"publication":"2026-06-26T18:00:02Z","services":[)" + services + "]}")
        .value();
}

TEST(RdapBootstrap, KnowsTheServerOfTheLongestSuffix) {
    const RdapBootstrap file =
        parse(R"([["com","net"],["https://a.example/com/v1/"]],[["UK"],["https://b.example"]],)"
              R"([["co.uk"],["https://c.example:8443/x"]])");
    EXPECT_EQ(file.server_of("x.com")->path, "/com/v1");
    EXPECT_EQ(file.server_of("x.net")->host, "a.example");
    EXPECT_EQ(file.server_of("x.org.uk")->host, "b.example");
    EXPECT_EQ(file.server_of("x.co.uk")->port, 8443);
    EXPECT_EQ(file.server_of("x.org"), nullptr);
    EXPECT_EQ(file.server_of("com"), nullptr);
    EXPECT_EQ(file.server_of(""), nullptr);
    EXPECT_EQ(file.suffixes(), 4U);
    EXPECT_EQ(file.published(), "2026-06-26T18:00:02Z");
}

TEST(RdapBootstrap, TakesServersThatSpeakTlsOrAreOnThisMachine) {
    const RdapBootstrap file = parse(
        R"([["a"],["http://a.example/"]],[["b"],["http://b.example/","https://b.example/"]],)"
        R"([["c"],["http://127.0.0.1:8080/"]],[["d"],["http://localhost/"]],[["e"],["http://10.0.0.1/"]],)"
        R"([["f"],["gopher://x/", 5, null, "https://user@f.example/", "https://f.example/?q"]])");
    EXPECT_EQ(file.server_of("x.a"), nullptr);
    EXPECT_TRUE(file.server_of("x.b")->tls);
    EXPECT_EQ(file.server_of("x.c")->port, 8080);
    EXPECT_NE(file.server_of("x.d"), nullptr);
    EXPECT_EQ(file.server_of("x.e"), nullptr);
    EXPECT_EQ(file.server_of("x.f"), nullptr);
}

TEST(RdapBootstrap, ListsItsServersForRedirects) {
    const RdapBootstrap file = parse(R"([["com"],["https://a.example/com/v1/"]])");
    EXPECT_TRUE(file.lists(*parse_upstream_url("https://a.example/other/domain/x.com")));
    EXPECT_FALSE(file.lists(*parse_upstream_url("http://a.example/")));
    EXPECT_FALSE(file.lists(*parse_upstream_url("https://a.example:8443/")));
    EXPECT_FALSE(file.lists(*parse_upstream_url("https://b.example/")));
}

TEST(RdapBootstrap, LeavesOutAServiceThatIsNone) {
    const RdapBootstrap file =
        RdapBootstrap::parse(R"({"services":[7,[["net"],"https://b"],[["com"],["https://a.example/"]]]})")
            .value();
    EXPECT_TRUE(file.server_of("x.com"));
    EXPECT_EQ(file.suffixes(), 1U);
}

TEST(RdapBootstrap, RefusesWhatIsNone) {
    EXPECT_EQ(RdapBootstrap::parse("").error(), errc::body_not_json);
    for (const char* text :
         {"[]", "{}", R"({"services":[]})", R"({"services":[1]})", R"({"services":[[]]})",
          R"({"services":[[["com"],"https://a"]]})", R"({"services":[[["com"],["http://a.example"]]]})"})
        EXPECT_EQ(RdapBootstrap::parse(text).error(), errc::body_wrong_shape) << text;
}

TEST(RdapBootstrap, IsBuiltIn) {
    const RdapBootstrap file = RdapBootstrap::built_in();
    EXPECT_GT(file.suffixes(), 1'000U);
    EXPECT_TRUE(file.server_of("example.com")->tls);
    EXPECT_TRUE(file.server_of("example.org")->tls);
}

}  // namespace
}  // namespace enrichd::test::rdap_bootstrap_test
