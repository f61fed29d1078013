#include "pipeline/provider_labels.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

TEST(ProviderLabels, KnowsLabelsThatAProviderMakesUp) {
    EXPECT_EQ(provider_of("d111111abcdef8.cloudfront.net"), "cloudfront.net");
    EXPECT_EQ(provider_of("didofco721htjg.cloudfront.net"), "cloudfront.net");
    EXPECT_EQ(provider_of("railway-tricks-66216.herokuapp.com"), "herokuapp.com");
    EXPECT_EQ(provider_of("louts-spaces-65237bf7bdda.herokuapp.com"), "herokuapp.com");
    EXPECT_EQ(provider_of("freckles-d4y1orwelcqvveng.azurewebsites.net"), "azurewebsites.net");
    EXPECT_EQ(provider_of("freckles-d4y1orwelcqvveng.westeurope-01.azurewebsites.net"), "azurewebsites.net");
    EXPECT_EQ(provider_of("9c0bc446-a45f-b5333182f399.s3.amazonaws.com"), "amazonaws.com");
    EXPECT_EQ(provider_of("bidding-7631458693.us-east-1.elb.amazonaws.com"), "amazonaws.com");
    EXPECT_EQ(provider_of("jjeerlec6q.execute-api.us-east-1.amazonaws.com"), "amazonaws.com");
    EXPECT_EQ(provider_of("vaguer-2nxgr2xkk-muttered.vercel.app"), "vercel.app");
    EXPECT_EQ(provider_of("fiddled-dutiable-c52f42.netlify.app"), "netlify.app");
    EXPECT_EQ(provider_of("frats-2fffb.web.app"), "web.app");
    EXPECT_EQ(provider_of("md-tywtannzom4c.blob.core.windows.net"), "windows.net");
    EXPECT_EQ(provider_of("dsck.akamaiedge.net"), "akamaiedge.net");
}

TEST(ProviderLabels, LeavesLabelsThatACustomerChose) {
    for (const char* domain :
         {"login-office365.azurewebsites.net", "paypal-secure.herokuapp.com", "my-bank.web.app",
          "docs.s3.amazonaws.com", "customerdb.s3.amazonaws.com", "backup-20241231.s3.amazonaws.com",
          "my-applications.deno.dev", "some-decaf.web.app", "secure24-bank.vercel.app", "invoice.vercel.app",
          "dashboards.cloudfront.net.example.com", "d111111abcdef8.example.com", "cloudfront.net",
          "harbour.com", "a.b", "duckdns.org", "random123.duckdns.org", "example", ""})
        EXPECT_EQ(provider_of(domain), "") << domain;
}

struct OneKnown final : KnownNames {
    std::string known_by(std::string_view domain) const override {
        return domain == "d111111abcdef8.cloudfront.net" ? "ours" : "";
    }
    std::size_t known_names() const override { return 1; }
};

TEST(ProviderLabels, AreJudgedByTheirProviderUnlessAListKnowsThem) {
    const auto made_up = *HostName::parse("img.d111111abcdef8.cloudfront.net");
    EXPECT_EQ(judged_domain(made_up, nullptr), "cloudfront.net");
    EXPECT_EQ(judged_domain(made_up, nullptr), "cloudfront.net");
    const OneKnown known;
    EXPECT_EQ(judged_domain(made_up, &known), "d111111abcdef8.cloudfront.net");
    EXPECT_EQ(judged_domain(*HostName::parse("www.bbc.co.uk"), &known), "bbc.co.uk");
}

}  // namespace
}  // namespace enrichd::test
