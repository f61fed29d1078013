#include "stages/domain_stats/embedded/known_domains.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "model/host_name.hpp"

#include "support/share.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::known_domains_test {
namespace {

class KnownDomainsTest : public testing::Test {
  protected:
    KnownDomains load(const std::string& text) {
        write_file(dir_ / "top1m.csv", text);
        return KnownDomains::load(dir_ / "top1m.csv").value();
    }
    TempDir dir_;
};

TEST_F(KnownDomainsTest, AreOnALineEach) {
    const KnownDomains known = load(
        "google.com\n  Example.ORG \r\n\n# a remark\nb\xc3\xbc"
        "cher.de\nlast.net");
    EXPECT_EQ(known.size(), 4U);
    for (const char* domain : {"google.com", "example.org", "xn--bcher-kva.de", "last.net"})
        EXPECT_TRUE(known.contains(domain)) << domain;
    for (const char* domain : {"", "com", "oogle.com", "google.co", "google.com\nexample.org", "a remark"})
        EXPECT_FALSE(known.contains(domain)) << domain;
    EXPECT_EQ(known.name(), "top1m");
    EXPECT_EQ(known.left_out(), 0U);
}

TEST_F(KnownDomainsTest, MayHaveARank) {
    const KnownDomains known = load("1,google.com\n2, example.org\n3com.com\n\"4\",\"quoted.net\"\n");
    EXPECT_EQ(known.size(), 4U);
    EXPECT_TRUE(known.contains("quoted.net"));
    EXPECT_TRUE(known.contains("google.com"));
    EXPECT_TRUE(known.contains("example.org"));
    EXPECT_TRUE(known.contains("3com.com"));
}

TEST_F(KnownDomainsTest, AreCountedOnceAndWhatIsNoneIsLeftOut) {
    const KnownDomains known =
        load("a.com\na.com\nA.com.\nno domain\n,\n..\n" + std::string(300, 'x') + ".com\n\x01.com\n");
    EXPECT_EQ(known.size(), 1U);
    EXPECT_EQ(known.left_out(), 5U);
}

TEST_F(KnownDomainsTest, AreTheDomainsOfHosts) {
    const KnownDomains known =
        load("1,www.google.com\n2,a.b.bbc.co.uk\n3,google.com\n4,d1.cloudfront.net\n5,com\n");
    EXPECT_EQ(known.size(), 3U);
    for (const char* domain : {"google.com", "bbc.co.uk", "d1.cloudfront.net"})
        EXPECT_TRUE(known.contains(domain));
    EXPECT_EQ(known.left_out(), 1U);
}

TEST_F(KnownDomainsTest, AreAllNamesBelowASuffixOfAProvider) {
    const KnownDomains known = load("cloudfront.net\n*.github.io\n.web.app\namazonaws.com\n");
    EXPECT_EQ(known.size(), 4U);
    for (const char* domain : {"d1.cloudfront.net", "cloudfront.net", "x.github.io", "y.web.app",
                               "bucket.s3.amazonaws.com", "ec2-192-0-2-1.compute-1.amazonaws.com"})
        EXPECT_TRUE(known.contains(HostName::parse(domain)->registrable())) << domain;
    for (const char* domain : {"x.duckdns.org", "xcloudfront.net", "net", "io"})
        EXPECT_FALSE(known.contains(domain)) << domain;
}

TEST_F(KnownDomainsTest, AreNoNamesBelowASuffixThatAListOfTheMostVisitedHas) {
    const KnownDomains known = load("1,duckdns.org\n2,github.io\n3,x.com\ngithub.io\n");
    EXPECT_TRUE(known.contains("duckdns.org"));
    EXPECT_FALSE(known.contains("evil.duckdns.org"));
    EXPECT_TRUE(known.contains("x.github.io")) << "the line without a rank says so";
    EXPECT_EQ(known.size(), 3U);
}

TEST_F(KnownDomainsTest, AreNoSuffixesBelowWhichEverybodyHasADomain) {
    const KnownDomains known = load("com\nco.uk\n*.com.au\nx.co.uk\n");
    EXPECT_EQ(known.left_out(), 3U);
    EXPECT_FALSE(known.contains("y.co.uk"));
    EXPECT_TRUE(known.contains("x.co.uk"));
}

TEST_F(KnownDomainsTest, AreAnErrorWhenNoLineIsOne) {
    write_file(dir_ / "list", std::string("\x1f\x8b\x08\n\xff,\n"));
    EXPECT_EQ(KnownDomains::load(dir_ / "list").error(), errc::no_domains);
}

TEST_F(KnownDomainsTest, MayBeNone) {
    EXPECT_FALSE(KnownDomains().contains("a.com"));
    EXPECT_FALSE(load("").contains("a.com"));
    EXPECT_EQ(KnownDomains::load(dir_ / "absent").error(), boost::system::errc::no_such_file_or_directory);
}

TEST_F(KnownDomainsTest, AMillionTakeLittleMemory) {
    constexpr std::size_t million = 1'000'000 / share;
    std::string list;
    for (std::size_t i = 0; i < million; ++i)
        list += std::to_string(i) + ",domain-" + std::to_string(i) + ".com\n";
    write_file(dir_ / "list", list);
    const KnownDomains known = KnownDomains::load(dir_ / "list").value();
    EXPECT_EQ(known.size(), million);
    EXPECT_TRUE(known.contains("domain-" + std::to_string(million - 1) + ".com"));
    EXPECT_FALSE(known.contains("domain-" + std::to_string(million) + ".com"));
    EXPECT_LT(known.bytes(), 40 * million);
    RecordProperty("bytes_each",
                   std::to_string(static_cast<double>(known.bytes()) / static_cast<double>(million)));
}

}  // namespace
}  // namespace enrichd::test::known_domains_test
