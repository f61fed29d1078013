#include "model/host_name.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

std::string registrable(std::string_view text) {
    return std::string(HostName::parse(text)->registrable());
}
error refused(std::string_view text) {
    return HostName::parse(text).error();
}

TEST(HostName, IsLowerCaseWithoutItsTrailingDot) {
    EXPECT_EQ(HostName::parse("WWW.Example.COM.")->text(), "www.example.com");
}

TEST(HostName, KnowsItsRegistrableDomain) {
    EXPECT_EQ(registrable("yt3.ggpht.com"), "ggpht.com");
    EXPECT_EQ(registrable("news.bbc.co.uk"), "bbc.co.uk");
    EXPECT_EQ(registrable("someone.github.io"), "someone.github.io");
    EXPECT_EQ(registrable("co.uk"), "");
    EXPECT_EQ(registrable("com"), "");
    EXPECT_EQ(registrable("_ldap._tcp.dc._msdcs.x.com"), "x.com");
    EXPECT_EQ(registrable("old_corp.com"), "old_corp.com");
}

TEST(HostName, TurnsInternationalisedLabelsIntoALabels) {
    EXPECT_EQ(HostName::parse("b\xc3\xbc"
                              "cher.de")
                  ->text(),
              "xn--bcher-kva.de");
    EXPECT_EQ(HostName::parse("B\xc3\x9c"
                              "CHER.de")
                  ->text(),
              "xn--bcher-kva.de");
    EXPECT_EQ(registrable("www.b\xc3\xbc"
                          "cher.de"),
              "xn--bcher-kva.de");
    EXPECT_EQ(HostName::parse("x\xe3\x80\x82"
                              "com")
                  ->text(),
              "x.com")
        << "an ideographic full stop separates labels";
}

TEST(HostName, RefusesWhatNoNameIs) {
    EXPECT_EQ(refused(""), errc::name_empty);
    EXPECT_EQ(refused("."), errc::name_empty);
    EXPECT_EQ(refused(".."), errc::name_empty_label);
    EXPECT_EQ(refused("a..x.com"), errc::name_empty_label);
    EXPECT_EQ(refused(".x.com"), errc::name_empty_label);
    EXPECT_EQ(refused("x.com.."), errc::name_empty_label);
    EXPECT_EQ(refused("..%2f.."), errc::name_empty_label);
    EXPECT_EQ(refused("a b.com"), errc::name_bad_character);
    EXPECT_EQ(refused("a\r\nX: y"), errc::name_bad_character);
    EXPECT_EQ(refused(std::string_view("a\0.com", 6)), errc::name_bad_character);
    EXPECT_EQ(refused(std::string_view("b\xc3\xbc.de\0.evil.com", 16)), errc::name_bad_character);
    EXPECT_EQ(refused("\xfc.de"), errc::name_bad_idn);
    EXPECT_EQ(refused("a,b.com"), errc::name_bad_character) << "the registrable domain itself is strict";
}

TEST(HostName, KeepsTheLengthsOfRfc1035) {
    const std::string label(63, 'a');
    EXPECT_TRUE(HostName::parse(label + ".com"));
    EXPECT_EQ(refused(label + "a.com"), errc::name_long_label);
    const std::string longest = label + "." + label + "." + label + "." + std::string(57, 'a') + ".com";
    ASSERT_EQ(longest.size(), 253U);
    EXPECT_TRUE(HostName::parse(longest));
    EXPECT_TRUE(HostName::parse(longest + "."));
    EXPECT_EQ(refused("a" + longest), errc::name_too_long);
    EXPECT_EQ(refused(std::string(300, 'a')), errc::name_too_long);
    EXPECT_EQ(refused(std::string(100'000, 'a')), errc::name_too_long);
}

TEST(HostName, ToleratesOddCharactersBeforeTheRegistrableDomain) {
    EXPECT_EQ(registrable("a%2f?#/b.tunnel.com"), "tunnel.com");
    EXPECT_EQ(registrable("*.x.com"), "x.com");
}

TEST(HostName, IsUnderASuffixByWholeLabels) {
    const HostName name = *HostName::parse("host.corp.acme.com");
    EXPECT_TRUE(name.is_under("corp.acme.com"));
    EXPECT_TRUE(name.is_under("host.corp.acme.com"));
    EXPECT_FALSE(name.is_under("orp.acme.com"));
    EXPECT_FALSE(name.is_under("x.host.corp.acme.com"));
}

TEST(HostName, KnowsAddresses) {
    EXPECT_TRUE(HostName::parse("192.0.2.1")->ip_literal());
    EXPECT_TRUE(HostName::parse("::1")->ip_literal());
    EXPECT_TRUE(HostName::parse("::ffff:192.0.2.1")->ip_literal());
    EXPECT_FALSE(HostName::parse("1.2.3.com")->ip_literal());
}

TEST(HostName, IsPlainWhenOtxWouldTakeIt) {
    EXPECT_TRUE(HostName::parse("a_b-c.X1.com")->plain());
    for (const char* odd : {"a(b.x.com", "a%b.x.com", "*.x.com", "a'b.x.com"}) {
        const auto name = HostName::parse(odd);
        ASSERT_TRUE(name) << odd;
        EXPECT_FALSE(name->plain()) << odd;
    }
}

TEST(HostName, KnowsWhichDomainsAProviderGivesOut) {
    for (const char* name : {"myhome.duckdns.org", "a.d111.cloudfront.net", "x.github.io"})
        EXPECT_TRUE(HostName::parse(name)->under_private_suffix()) << name;
    for (const char* name : {"duckdns.org", "www.google.com", "bbc.co.uk", "x.de"})
        EXPECT_FALSE(HostName::parse(name)->under_private_suffix()) << name;
}

}  // namespace
}  // namespace enrichd::test
