#include "model/host_name.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace enrichd::test::host_name_test {
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
    EXPECT_EQ(refused(std::string_view("a\0b.com", 7)), errc::name_bad_character);
    EXPECT_EQ(refused("x.\xfc.de.\xfc"), errc::name_bad_idn);
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
    EXPECT_EQ(registrable("a" + longest), std::string(57, 'a') + ".com") << "its domain is short enough";
    EXPECT_FALSE(HostName::parse("a" + longest)->plain());
    EXPECT_EQ(refused(std::string(300, 'a')), errc::name_too_long);
    EXPECT_EQ(refused(std::string(100'000, 'a')), errc::name_too_long);
}

TEST(HostName, ShowsOddLabelsEscaped) {
    EXPECT_EQ(HostName::parse("a b\t.x.com")->text(), R"(a\032b\009.x.com)");
    EXPECT_EQ(HostName::parse(std::string_view("b\xc3\xbc.de\0.evil.com", 16))->text(),
              R"(xn--b-eha.de\000.evil.com)");
    EXPECT_EQ(HostName::parse("\xff.B\xc3\x9c"
                              "CHER.de")
                  ->text(),
              R"(\255.xn--bcher-kva.de)");
    EXPECT_FALSE(HostName::parse("\xff.x.de")->plain());
    EXPECT_TRUE(HostName::parse(HostName::parse("\xff.corp.acme.com")->text())->is_under("corp.acme.com"));
    // To UTS 46 U+2009 is the same as a plain blank.
    EXPECT_EQ(refused("a!ub*,cr\xe2\x80\x89^om"), errc::name_bad_idn);
    EXPECT_EQ(HostName::parse("a\xe2\x80\x89"
                              "b.example.com")
                  ->text(),
              "a\\226\\128\\137b.example.com");
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
    EXPECT_FALSE(HostName::parse("0x7f.com")->ip_literal());
    for (const char* odd : {"127.1", "0x7f.0.0.1", "2130706433", "192.0.2.1:53", "[::1]:53", "fe80::1%eth0"})
        EXPECT_TRUE(HostName::parse(odd)->ip_literal()) << odd;
}

TEST(HostName, IsPlainWhenOtxWouldTakeIt) {
    EXPECT_TRUE(HostName::parse("a_b-c.X1.com")->plain());
    for (const char* odd : {"a(b.x.com", "a%b.x.com", "*.x.com", "a'b.x.com"}) {
        const auto name = HostName::parse(odd);
        ASSERT_TRUE(name) << odd;
        EXPECT_FALSE(name->plain()) << odd;
    }
}

TEST(HostName, IsItsOwnDomainWhenAProviderGivesOutNamesBelowIt) {
    for (const char* name : {"duckdns.org", "myspreadshop.net", "github.io", "cloudfront.net",
                             "ec2-192-0-2-1.compute-1.amazonaws.com"})
        EXPECT_EQ(registrable(name), name);
}

TEST(HostName, KnowsEverySuffixOfThePublicSuffixList) {
    std::ifstream list("/usr/share/publicsuffix/public_suffix_list.dat");
    ASSERT_TRUE(list) << "package publicsuffix";
    bool icann = false;
    std::size_t rules = 0;
    for (std::string line; std::getline(list, line);) {
        if (line.find("===BEGIN ICANN") != std::string::npos) icann = true;
        if (line.find("===END ICANN") != std::string::npos) icann = false;
        std::string rule = line.substr(0, line.find_first_of(" \t\r"));
        if (rule.empty() || rule.starts_with("//")) continue;
        ++rules;
        std::string domain = "some-name." + rule;
        if (rule.starts_with("!")) domain = rule.substr(1);
        if (rule.starts_with("*.")) domain = "some-name.any" + rule.substr(1);
        auto below = HostName::parse("a.b." + domain);
        ASSERT_TRUE(below) << rule;
        // Below a rule there may be another one, with an asterisk.
        if (below->registrable() != HostName::parse(domain)->text())
            EXPECT_EQ(below->registrable(), HostName::parse("b." + domain)->text()) << rule;
        EXPECT_TRUE(below->known_suffix()) << rule;
        if (icann) EXPECT_FALSE(below->under_private_suffix()) << rule;
    }
    EXPECT_GT(rules, 9'000U);
    for (const char* name : {"shop.co.za", "www.shop.za", "www.ck", "x.y.ck"})
        EXPECT_TRUE(HostName::parse(name)->known_suffix()) << name;
    for (const char* name : {"server.corp", "a.b.c.fritzbox", "x.local2"})
        EXPECT_FALSE(HostName::parse(name)->known_suffix()) << name;
}

TEST(HostName, KnowsWhichDomainsAProviderGivesOut) {
    for (const char* name : {"myhome.duckdns.org", "a.d111.cloudfront.net", "x.github.io"})
        EXPECT_TRUE(HostName::parse(name)->under_private_suffix()) << name;
    for (const char* name : {"duckdns.org", "www.google.com", "bbc.co.uk", "x.de"})
        EXPECT_FALSE(HostName::parse(name)->under_private_suffix()) << name;
}

}  // namespace
}  // namespace enrichd::test::host_name_test
