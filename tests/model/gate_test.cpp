#include "model/gate.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::gate_test {
namespace {

std::optional<Refusal> gate(const char* name, const GateOptions& options = {}) {
    return refusal(*HostName::parse(name), options);
}

TEST(Gate, LetsPublicNamesThrough) {
    for (const char* name :
         {"google.com", "www.bbc.co.uk", "_dmarc.x.com", "xn--bcher-kva.de", "someone.github.io"})
        EXPECT_EQ(gate(name), std::nullopt) << name;
}

TEST(Gate, KeepsTheUsersOwnNamesIn) {
    const GateOptions options{{"corp.acme.com", "lan"}, true};
    EXPECT_EQ(gate("db.corp.acme.com", options), Refusal::skip_suffix);
    EXPECT_EQ(gate("corp.acme.com", options), Refusal::skip_suffix);
    EXPECT_EQ(gate("x.lan", options), Refusal::skip_suffix);
    EXPECT_EQ(gate("www.acme.com", options), std::nullopt);
    EXPECT_EQ(gate("notcorp.acme.com", options), std::nullopt);
}

TEST(Gate, GivesAReasonForEachRefusal) {
    EXPECT_EQ(gate("10.1.2.3"), Refusal::ip_literal);
    EXPECT_EQ(gate("::1"), Refusal::ip_literal);
    EXPECT_EQ(gate("wpad"), Refusal::single_label);
    EXPECT_EQ(gate("com"), Refusal::single_label);
    EXPECT_EQ(gate("4.3.2.1.in-addr.arpa"), Refusal::reverse_zone);
    EXPECT_EQ(gate("1.0.0.0.ip6.arpa"), Refusal::reverse_zone);
    EXPECT_EQ(gate("co.uk"), Refusal::public_suffix);
}

TEST(Gate, KnowsTheSpecialUseNames) {
    for (const char* name :
         {"a.test", "b.localhost", "c.invalid", "d.example", "www.example.com", "example.net",
          "x.example.org", "printer.local", "router.home.arpa", "hidden.onion", "x.alt"})
        EXPECT_EQ(gate(name), Refusal::special_use) << name;
}

TEST(Gate, TakesANameWithoutPublicSuffixForSomebodysInternalName) {
    for (const char* name : {"server.corp", "x.corp.local2", "nas.lan", "foo.internal", "a.b.c.fritzbox"})
        EXPECT_EQ(gate(name), Refusal::unknown_suffix) << name;
}

TEST(Gate, LooksAtNamesOfOtherRootsThatMalwareUses) {
    for (const char* name : {"adegjkaiggjm.bazar", "www.x.bit", "x.eth", "a.b.lib"})
        EXPECT_EQ(gate(name), std::nullopt) << name;
    EXPECT_EQ(gate("bazar"), Refusal::single_label);
    EXPECT_EQ(gate("x.notbazar"), Refusal::unknown_suffix);
}

TEST(Gate, LooksAtSuffixesThatAreSomebodysDomain) {
    for (const char* name : {"duckdns.org", "ec2-192-0-2-1.compute-1.amazonaws.com"})
        EXPECT_EQ(gate(name), std::nullopt) << name;
}

TEST(Gate, KeepsTheUsersOwnNamesInHoweverTheirLabelsAreSpelt) {
    const GateOptions options{{"corp.acme.com"}, true};
    for (const char* name : {"\xe2\x98\x83.corp.acme.com", "a b.corp.acme.com", "\xff.CORP.acme.com.",
                             "db.corp\xe3\x80\x82"
                             "acme.com:8443",
                             " db.corp.acme.com "})
        EXPECT_EQ(gate(name, options), Refusal::skip_suffix) << name;
    EXPECT_EQ(gate((std::string(2'000, 'a') + ".corp.acme.com").c_str(), options), Refusal::skip_suffix);
}

TEST(Gate, WithoutSpecialUseStillRefusesWhatCannotBeAsked) {
    const GateOptions options{{}, false};
    EXPECT_EQ(gate("x.example.com", options), std::nullopt);
    EXPECT_EQ(gate("foo.internal", options), std::nullopt);
    EXPECT_EQ(gate("10.1.2.3", options), Refusal::ip_literal);
    EXPECT_EQ(gate("wpad", options), Refusal::single_label);
    EXPECT_EQ(gate("co.uk", options), Refusal::public_suffix);
}

}  // namespace
}  // namespace enrichd::test::gate_test
