#include "config/given.hpp"

#include <gtest/gtest.h>

#include "config/config.hpp"

namespace enrichd::test::given_test {
namespace {

Given given(const std::string& yaml) {
    return parse_config(yaml, "e.yaml").given;
}

TEST(Given, AReloadRefusesADocumentWithoutAKeyWhenTheRunningOneHasSome) {
    const Given running = given("gate:\n  skip_suffixes: [corp.acme.com]\n");
    EXPECT_EQ(looks_cut(running, running), "");
    for (const char* empty : {"", "\n", "# enrichd\n", "---\n"})
        EXPECT_NE(looks_cut(running, given(empty)).find("gives no key"), std::string::npos) << empty;
    EXPECT_EQ(looks_cut(given(""), given("")), "") << "all defaults, as before";
    EXPECT_EQ(looks_cut(given(""), given("log:\n  level: debug\n")), "");
}

TEST(Given, AReloadRefusesALastLineThatStops) {
    const Given running = given("otx:\n  requests_per_hour: 9000\n");
    EXPECT_NE(looks_cut(running, given("otx:\n  requests_per_hour: 90")).find("does not end"),
              std::string::npos);
    EXPECT_EQ(looks_cut(given("log: {level: info}"), given("log: {level: debug}")), "")
        << "whoever writes no line end writes none";
}

TEST(Given, KeysThatAreGoneAreNamed) {
    EXPECT_EQ(keys_gone(given("log:\n  level: debug\notx:\n  mode: off\n"), given("log:\n  format: json\n")),
              "log.level, otx, otx.mode");
}

TEST(Given, AnEntryOfAListThatMovesLacksNothing) {
    const Given running = given("lists:\n  - {name: one, from: /a, label: x}\n");
    EXPECT_EQ(
        keys_gone(running, given("lists:\n  - {name: new, from: /b}\n  - {name: one, from: /a, label: x}\n")),
        "");
    EXPECT_EQ(keys_gone(running, given("log: {level: info}\n")), "lists");
}

}  // namespace
}  // namespace enrichd::test::given_test
