#include "stages/lists/read_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace enrichd::test::read_list_test {
namespace {

struct Case {
    const char* what;
    ListFormat detected;
    std::string text;
    std::vector<std::string> listed;
    std::vector<std::string> not_listed;
    std::size_t left_out = 0;
};

bool has(const ReadList& list, std::string_view name) {
    return list.index->find(NameSuffixes(name)).has_value();
}

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"domains: comments, blanks, upper case, dots at the end, CRLF, a BOM, wildcards",
         ListFormat::domains,
         "\xEF\xBB\xBF# a list\r\n\r\nBad.Example\r\n  worse.example.  # "
         "why\r\n*.star.example\r\n.dot.example\r\n",
         {"bad.example", "www.bad.example", "worse.example", "star.example", "a.star.example",
          "x.dot.example"},
         {"example", "xbad.example"}},
        {"domains: internationalised names",
         ListFormat::domains,
         "b\xC3\xBC"
         "cher.example\nxn--mnchen-3ya.example\n",
         {"xn--bcher-kva.example", "a.xn--mnchen-3ya.example"},
         {"bcher.example"}},
        {"domains: what is none is left out",
         ListFormat::domains,
         "good.example\nother.example\nalso.example\nhttp://x.example/a\n192.0.2.1\n-\n",
         {"good.example", "also.example"},
         {"x.example"},
         3},
        {"domains: a top-level domain covers what is below it",
         ListFormat::domains,
         "bad.example\nzip\n",
         {"anything.zip", "bad.example"},
         {}},
        {"hosts: several names, comments, the host's own names",
         ListFormat::hosts,
         "127.0.0.1 localhost\n::1 localhost ip6-localhost\n0.0.0.0 ads.example track.example # both\n"
         "0.0.0.0\tTabs.Example\n:: six.example\n",
         {"ads.example", "track.example", "tabs.example", "six.example"},
         {"www.ads.example", "localhost"}},
        {"adblock: exceptions, modifiers, rules about something else",
         ListFormat::adblock,
         "[Adblock Plus]\n! Title: x\n||bad.example^\n||two.example^$important,third-party\n"
         "||*.below.example^\n@@||good.bad.example^\nexample.com##.ad\n||three.example^$domain=a.example\n"
         "/banner/*\n||four.example/path\n",
         {"bad.example", "www.bad.example", "two.example", "x.below.example"},
         {"good.bad.example", "www.good.bad.example", "below.example", "three.example", "four.example"},
         4},
        {"dnsmasq: addresses, local names, servers",
         ListFormat::dnsmasq,
         "# x\naddress=/a.example/b.example/0.0.0.0\nlocal=/c.example/\nserver=/d.example/\n"
         "server=/e.example/192.0.2.53\naddress=/f.example/#\n",
         {"a.example", "x.b.example", "c.example", "d.example", "f.example"},
         {"e.example"},
         1},
        {"rpz: owner names, wildcards, exceptions, other triggers",
         ListFormat::rpz,
         "$TTL 30\n@ IN SOA localhost. root.localhost. ( 1\n 6h 1h\n 1w 2h )\n  NS localhost.\n"
         "bad.example CNAME .\n*.bad.example CNAME .\ngood.bad.example 300 IN CNAME rpz-passthru.\n"
         "exact.example IN CNAME *. ; nodata\nlocal.example A 192.0.2.1\n32.1.2.0.192.rpz-ip CNAME .\n"
         "ns.example.rpz-nsdname CNAME .\nodd.example CNAME rpz-something.\n",
         {"bad.example", "www.bad.example", "exact.example", "local.example"},
         {"good.bad.example", "www.exact.example", "odd.example"},
         3},
        {"rpz: names are relative to the origin, and outside of the zone they are none",
         ListFormat::rpz,
         "$ORIGIN rpz.test.\n@ SOA a. b. 1 2 3 4 5\nbad.example CNAME .\nworse.example.rpz.test. CNAME .\n"
         "outside.test. CNAME .\n",
         {"bad.example", "worse.example"},
         {"outside.test", "bad.example.rpz.test"},
         1},
        {"cdb: keys with and without values",
         ListFormat::cdb,
         "bad.example:malware\nworse.example:\n\"quoted.example\":x\nplain.example\n",
         {"bad.example", "worse.example", "quoted.example", "plain.example"},
         {"www.bad.example"}},
    };
    return all;
}

TEST(ReadList, EachFormatIsDetectedAndRead) {
    for (const Case& one : cases()) {
        SCOPED_TRACE(one.what);
        EXPECT_EQ(label(detect_format(one.text)), label(one.detected));
        const auto list = read_list(one.text, ListConfig());
        ASSERT_TRUE(list) << list.error().message();
        for (const std::string& name : one.listed) EXPECT_TRUE(has(*list, name)) << name;
        for (const std::string& name : one.not_listed) EXPECT_FALSE(has(*list, name)) << name;
        EXPECT_EQ(list->left_out, one.left_out);
    }
}

TEST(ReadList, ALineThatIsLeftOutIsShownWithItsNumberAndWhy) {
    const auto list = read_list("a.example\nb.example\nc d e\n", ListConfig());
    ASSERT_TRUE(list);
    ASSERT_EQ(list->examples.size(), 1U);
    EXPECT_EQ(list->examples[0].line, 3U);
    EXPECT_EQ(list->examples[0].text, "c d e");
    EXPECT_EQ(list->examples[0].why, "no domain name");
}

TEST(ReadList, AColumnOfATableIsReadByNumberOrByName) {
    const std::string text =
        "# \"first_seen\", \"ioc\", \"type\"\n\"2026-11-01\", \"bad.example\", \"domain, or so\"\n"
        "\"2026-11-02\", \"*.worse.example\", \"say \"\"x\"\"\"\n\"2026-11-03\", \"192.0.2.1:80\", "
        "\"ip:port\"\n";
    for (const char* column : {"2", "ioc"}) {
        ListConfig config;
        config.format = ListFormat::csv;
        config.column = column;
        const auto list = read_list(text, config);
        ASSERT_TRUE(list) << column;
        EXPECT_TRUE(has(*list, "bad.example"));
        EXPECT_TRUE(has(*list, "a.worse.example"));
        EXPECT_EQ(list->entries, 2U);
        EXPECT_EQ(list->left_out, 1U);
    }
    ListConfig config;
    config.format = ListFormat::csv;
    config.column = "no such";
    EXPECT_EQ(read_list(text, config).error(), errc::list_no_column);
    config.column = "domain";
    const auto header = read_list("id,domain\n1,bad.example\n", config);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->entries, 1U);
}

TEST(ReadList, MatchSaysOtherwiseThanTheFormat) {
    ListConfig config;
    config.match = ListMatch::exact;
    EXPECT_FALSE(has(*read_list("bad.example\n", config), "www.bad.example"));
    config.match = ListMatch::suffix;
    EXPECT_TRUE(has(*read_list("0.0.0.0 bad.example\n", config), "www.bad.example"));
}

TEST(ReadList, AListOfKnownDomainsIsAboutRegistrableDomains) {
    ListConfig config;
    config.action = ListAction::known;
    const auto list = read_list("1,google.com\n2,www.bbc.co.uk\n3,co.uk\n4,cloudfront.net\n5,com\n", config);
    ASSERT_TRUE(list);
    EXPECT_TRUE(has(*list, "google.com"));
    EXPECT_TRUE(has(*list, "bbc.co.uk"));
    EXPECT_TRUE(has(*list, "cloudfront.net"));
    EXPECT_FALSE(has(*list, "d1.cloudfront.net")) << "with a rank it counts for itself";
    EXPECT_EQ(list->left_out, 2U) << "public suffixes";
    const auto plain = read_list("cloudfront.net\n*.github.io\n", config);
    EXPECT_TRUE(has(*plain, "d1.cloudfront.net"));
    EXPECT_TRUE(has(*plain, "me.github.io"));
}

TEST(ReadList, AnAllowlistDoesNotSilenceAPublicSuffix) {
    ListConfig config;
    config.action = ListAction::allow;
    const auto list = read_list("com\nco.uk\nexample.com\n", config);
    ASSERT_TRUE(list);
    EXPECT_EQ(list->entries, 1U);
    EXPECT_EQ(list->left_out, 2U);
}

TEST(ReadList, OfIscTheDateAndTheScoreAreKept) {
    ListConfig config;
    config.format = ListFormat::isc;
    const std::string today = std::string("2999-01-01");
    const auto list = read_list(R"([{"domainname":"new.example","ip":"192.0.2.1","firstseen":")" + today +
                                    R"(","anomaly_score":0.97,"anomaly_reason":"many"},)"
                                    R"({"domainname":"old.example","firstseen":"2001-01-01"},{"ip":"x"}])",
                                config);
    ASSERT_TRUE(list) << list.error().message();
    EXPECT_FALSE(has(*list, "old.example"));
    const auto match = list->index->find(NameSuffixes("www.new.example"));
    ASSERT_TRUE(match);
    EXPECT_EQ(match->note, R"({"first_seen":"2999-01-01","score":0.97,"reason":"many"})");
    EXPECT_EQ(list->left_out, 1U);
}

TEST(ReadList, WhatIsNoListIsRefused) {
    const auto error_of = [](const std::string& text, ListFormat format = ListFormat::automatic) {
        ListConfig config;
        config.format = format;
        const auto list = read_list(text, config);
        return list ? error() : list.error();
    };
    EXPECT_EQ(error_of(""), errc::list_empty);
    EXPECT_EQ(error_of(" \r\n\n"), errc::list_empty);
    EXPECT_EQ(error_of("# nothing\n! here\n"), errc::list_empty);
    EXPECT_EQ(error_of("<!DOCTYPE html><html>a.example</html>"), errc::list_html);
    EXPECT_EQ(error_of("\n  <?xml version=\"1.0\"?>"), errc::list_html);
    EXPECT_EQ(error_of(std::string("bad.example\nworse\0.example\n", 27)), errc::list_binary);
    EXPECT_EQ(error_of("{\"error\": \"rate limited\"}\n"), errc::list_no_names);
    EXPECT_EQ(error_of("Too many requests, see our page\n"), errc::list_no_names);
    EXPECT_EQ(error_of("bad.example\n", ListFormat::hosts), errc::list_no_names);
    EXPECT_EQ(error_of("{}", ListFormat::isc), errc::table_wrong_shape);
    EXPECT_EQ(error_of("[{\"domainname\":\"a.example\",", ListFormat::isc), errc::table_not_json);
    std::string mixed = "bad.example\n";
    for (int i = 0; i < 10; ++i) mixed += "no name at all\n";
    EXPECT_EQ(error_of(mixed), errc::list_no_names) << "most of it is something else";
}

}  // namespace
}  // namespace enrichd::test::read_list_test
