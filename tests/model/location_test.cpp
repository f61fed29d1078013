#include "model/location.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::location_test {
namespace {

TEST(Location, OfTheManagerIsTheSourceAlone) {
    EXPECT_EQ(location({"000", "wazuh-1", ""}, "dns_stats"), "dns_stats");
    EXPECT_EQ(location({}, "dns_stats"), "dns_stats");
}

TEST(Location, NamesTheAgent) {
    EXPECT_EQ(location({"001", "pc-17", "10.0.0.1"}, "dns_stats"), "[001] (pc-17) 10.0.0.1->dns_stats");
    EXPECT_EQ(location({"001", "pc", ""}, "otx"), "[001] (pc) any->otx");
}

TEST(Location, KeepsTheNetworkThatAnAgentIsKnownBy) {
    EXPECT_EQ(location({"001", "pc", "10.0.0.0/24"}, "otx"), "[001] (pc) 10.0.0.0/24->otx");
    EXPECT_EQ(location({"001", "pc", "10.0.0.0/255.255.255.0"}, "otx"),
              "[001] (pc) 10.0.0.0/255.255.255.0->otx");
    EXPECT_EQ(location({"001", "pc", "fe80::/10"}, "otx"), "[001] (pc) fe80|:|:/10->otx");
    for (const char* ip :
         {"10.0.0.0/", "10.0.0.0/2-4", "10.0.0.0/->x", "/24", "10.0.0.0/1234", "10.0.0.0/24/8"})
        EXPECT_EQ(location({"001", "pc", ip}, "otx"), "[001] (pc) any->otx") << ip;
}

TEST(Location, EscapesWhatAnalysisdUnescapes) {
    EXPECT_EQ(location({"001", "pc", "fe80::1"}, "dns_stats"), "[001] (pc) fe80|:|:1->dns_stats");
    EXPECT_EQ(location({"001", "a|b:c", "any"}, "dns_stats"), "[001] (a||b|:c) any->dns_stats");
}

TEST(Location, AHostileAgentCannotMoveItsBorders) {
    EXPECT_EQ(location({"1]", "a)b->c(", "1-2>3"}, "dns_stats"), "[1_] (a_b-_c_) any->dns_stats");
    EXPECT_EQ(location({"1\n2", std::string("a\0b\r", 4), "10.0.0.1\n"}, "dns_stats"),
              "[1_2] (a_b_) any->dns_stats");
    EXPECT_EQ(location({"001", "pc", std::string("10.0.0.1\0->evil", 15)}, "dns_stats"),
              "[001] (pc) any->dns_stats");
}

}  // namespace
}  // namespace enrichd::test::location_test
