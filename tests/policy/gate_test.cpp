#include "policy/gate.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
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

TEST(Gate, WithoutSpecialUseStillRefusesWhatCannotBeAsked) {
    const GateOptions options{{}, false};
    EXPECT_EQ(gate("x.example.com", options), std::nullopt);
    EXPECT_EQ(gate("foo.internal", options), std::nullopt);
    EXPECT_EQ(gate("10.1.2.3", options), Refusal::ip_literal);
    EXPECT_EQ(gate("wpad", options), Refusal::single_label);
    EXPECT_EQ(gate("co.uk", options), Refusal::public_suffix);
}

}  // namespace
}  // namespace enrichd::test
