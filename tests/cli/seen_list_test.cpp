#include "cli/seen_list.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/units.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::seen_list_test {
namespace {

const WallTime now = *parse_iso_date("2026-11-28T12:00:00Z");

/// "a.com b.com -1": the domains, and how many lines were left out.
std::string read(const std::string& text) {
    const SeenList list = read_seen_list(text, now);
    std::string out;
    for (const SeenDomain& one : list.domains) {
        out += (out.empty() ? "" : " ") + one.domain;
        if (one.seen != now) out += "@" + to_iso_date(one.seen).substr(0, 10);
    }
    return list.left_out == 0 ? out : out + " -" + std::to_string(list.left_out);
}

TEST(SeenList, ReadsListsAsOtherToolsWriteThem) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"s1-umbrella.csv", "google.com microsoft.com"},
        {"s2-tranco-quoted", "example-a.com example-b.com"},
        {"s3-hosts", "hostsfile-a.com hostsfile-b.com"},
        {"s4-adblock", "adblock-a.com"},
        {"s5-comments", "commented-a.com"},
        {"s6-bom-upper", "bom-upper.com upper-b.com"},
        {"s7-dnsmasq-log", "dnsmasq-a.com"},
        {"s8-json", "json-a.com"},
        {"s9-urls", "url-a.com"},
        {"sa-wildcard", "wild-a.com dot-a.com"},
        {"sb-header", "header-a.com -1"},
        {"sc-majestic", "majestic-a.com -1"},
        {"se-tabs", "tab-a.com@2026-11-01"},
        {"sf-empty", ""},
        {"sg-zeek", "zeek-a.com@2023-11-14"},
        {"sh-date-only", "date-a.com@2026-11-01"},
        {"si-idn", "xn--bcher-import-dlb.de"},
        {"sj-future", "future-a.com"},
    };
    for (const auto& [file, expected] : table)
        EXPECT_EQ(read(read_file(std::string(ENRICHD_TEST_DATA) + "/cases/seen/" + file)), expected) << file;
}

TEST(SeenList, ReadsOtherInstancesOfThoseKinds) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"::1 localhost a.hosts6.com\n", "hosts6.com"},
        {"0.0.0.0 one.two-names.com three.more-names.com # tail\n", "two-names.com more-names.com"},
        {"||cdn.ad-b.com^$third-party\n! title\n", "ad-b.com"},
        {"@@||good.com^\n", " -1"},
        {"'quoted'\n", " -1"},
        {"\"3\",\"www.quoted-c.com\",\"com\"\n", "quoted-c.com"},
        {"17\texample-d.com\n", "example-d.com"},
        {"https://user:pass@host.url-b.com:8443/a?b=c#d\n", "url-b.com"},
        {"; a zone file's comment\n#x\nfine-e.com\t# x\n", "fine-e.com"},
        {"this is no list\n", " -1"},
        {"example-f.com no date\n", " -1"},
        {"{\"query\":\"json-b.com\"}\n{\"x\":1}\n{broken\n", "json-b.com -2"},
        {"com\nlocalhost\n10.0.0.1\n", " -3"},
        {"a.example-g.com 2026-11-27T10:00:00+02:00", "example-g.com@2026-11-27"},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(read(text), expected) << text;
}

TEST(SeenList, ATimeToComeIsNowAndIsCounted) {
    const SeenList list = read_seen_list("a-b-c.com 2035-01-01\nd-e-f.com 2020-01-01\n", now);
    ASSERT_EQ(list.domains.size(), 2U);
    EXPECT_EQ(list.domains[0].seen, now);
    EXPECT_EQ(list.future, 1U);
}

TEST(SeenList, NamesTheFirstLineThatItLeavesOut) {
    EXPECT_EQ(read_seen_list("# c\na-b-c.com\n-\n-\n", now).first_left_out, 3U);
}

}  // namespace
}  // namespace enrichd::test::seen_list_test
