// Configurations as users write them: tests/data/cases/yaml, with what is expected of each in index.json.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "config/yaml_reference.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::config_cases_test {
namespace {

const std::string folder = std::string(ENRICHD_TEST_DATA) + "/cases/yaml/";

ParsedConfig parse_case(const std::string& name) {
    return parse_config(read_file(folder + name + ".yaml"), name);
}

/// A clear error: file, line and column, the key unless it is about YAML itself, what was expected and found.
void expect_clear(const Problem& one, const std::string& name) {
    EXPECT_EQ(one.file, name);
    EXPECT_GT(one.line, 0) << one.text();
    EXPECT_GT(one.column, 0) << one.text();
    const auto says = [&](const char* part) { return one.message.find(part) != std::string::npos; };
    EXPECT_TRUE(!one.key.empty() || says("no valid YAML: ") || says("expected ")) << one.text();
    EXPECT_TRUE((says("expected ") && says(", got ")) || says("unknown key; ") || says("given twice, ") ||
                says("no valid YAML: ") || says("expected at least one"))
        << one.text();
}

TEST(ConfigCases, EachGivesWhatIsExpected) {
    const auto index = nlohmann::json::parse(read_file(folder + "index.json"));
    ASSERT_GE(index.size(), 99U);
    for (const auto& [name, about] : index.items()) {
        const std::string expect = about["expect"];
        const ParsedConfig parsed = parse_case(name);
        for (const Problem& one : parsed.errors) expect_clear(one, name);
        // Both are allowed by "ok or clear error" and the like.
        if (expect.find(" or ") != std::string::npos) continue;
        const bool good = expect.starts_with("ok") || expect == "off" || expect == "0660";
        EXPECT_EQ(parsed.errors.empty(), good)
            << name << " (" << expect << ")" << (good ? ": " + parsed.errors.front().text() : "");
    }
}

TEST(ConfigCases, MistakesThatCannotBeSeenAreNamed) {
    const std::vector<std::pair<const char*, const char*>> table{
        {"y01-tab-indent", "y01-tab-indent:2:1: no valid YAML: expected spaces as indentation, got a tab"},
        {"y20-null-key", "y20-null-key:2:3: otx.url: "},
        {"y23-merge", "merge key is not supported"},
        {"y24-dup-key", "y24-dup-key:3:1: log: given twice, first in line 1"},
        {"y28-utf16", "got UTF-16"},
        {"y29-latin1", "y29-latin1:1:4: expected UTF-8, got the byte 0xFC"},
        {"y61-suffix-star-bare", "a value that begins with * must stand in quotes"},
        {"y69-flat", "write 'domain_stats:' and below it, indented, 'url:'"},
        {"y70-case", "did you mean 'log'?"},
        {"y71-dash", "did you mean 'domain_stats'?"},
        {"y84-listen-v6-flow", "begins with [ or { needs quotes"},
        {"y85-nbsp", "a no-break space (U+00A0) stands in column 1 of line 2"},
        {"y86-smart-quotes", "a curly quote (U+201C)"},
        {"y88-colon-noblank", "a space is missing behind the colon"},
        {"y97-binary-tag", "a value with the tag !!binary"},
        {"y99-block", "'https://otx.alienvault.com\\n'"},
    };
    for (const auto& [name, expected] : table) {
        const ParsedConfig parsed = parse_case(name);
        ASSERT_FALSE(parsed.errors.empty()) << name;
        EXPECT_NE(parsed.errors.front().text().find(expected), std::string::npos)
            << parsed.errors.front().text();
    }
}

TEST(ConfigCases, ATabIsNamedWhereItIndentsAndOnlyThere) {
    const auto first = [](const std::string& yaml) {
        const ParsedConfig parsed = parse_config(yaml, "e");
        return parsed.errors.empty() ? "none" : parsed.errors.front().text();
    };
    EXPECT_EQ(first("log:\n  level: info\n  \tformat: json\n"),
              "e:3:3: no valid YAML: expected spaces as indentation, got a tab");
    EXPECT_NE(first("log:\n\tlevel\n").find("a tab stands in column 1 of line 2"), std::string::npos)
        << first("log:\n\tlevel\n");
    EXPECT_EQ(first("log:\n\t# a comment\n  level:\tinfo\t\n"), "none");
    EXPECT_EQ(first("gate:\n  skip_suffixes: [a.example,\n\t\tb.example]\n"), "none")
        << "within a list YAML allows it";
}

TEST(ConfigCases, NoSecretIsShown) {
    for (const char* name : {"y41-url-userinfo", "y75-inline-key"})
        for (const Problem& one : parse_case(name).errors) {
            EXPECT_EQ(one.text().find("pass@"), std::string::npos) << one.text();
            EXPECT_EQ(one.text().find("0123456789abcdef"), std::string::npos) << one.text();
        }
    const auto text = [](const std::string& yaml) { return parse_config(yaml, "e").errors.front().text(); };
    EXPECT_EQ(text("otx: {proxy: 'jane:s3cret:3128'}").find("s3cret"), std::string::npos);
    EXPECT_EQ(text("otx: {api_key_file: 0123456789abcdef}").find("0123"), std::string::npos);
}

TEST(ConfigCases, KeysAndValuesCannotSteerATerminal) {
    const ParsedConfig parsed = parse_config(
        "\"a\\e[2Jb\": 1\nlog:\n  level: \"x\\e]0;y\\a\"\n  \"c\\u009bd\": 1\n", "f\x1b[1m.yaml");
    ASSERT_EQ(parsed.errors.size(), 3U);
    for (const Problem& one : parsed.errors)
        for (const char c : one.text()) EXPECT_GE(static_cast<unsigned char>(c), ' ') << one.text();
    EXPECT_EQ(parsed.errors[1].text().find("\xc2\x9b"), std::string::npos);
}

TEST(ConfigCases, ASectionMayBeAppendedToTheShippedFile) {
    const ParsedConfig parsed = parse_config(sample_configuration() +
                                                 "gate:\n  skip_suffixes: [corp.example.com]\n"
                                                 "domain_stats:\n  mode: embedded\n",
                                             "e");
    ASSERT_TRUE(parsed.errors.empty()) << parsed.errors.front().text();
    EXPECT_EQ(parsed.config.gate.skip_suffixes, std::vector<std::string>{"corp.example.com"});
    EXPECT_EQ(parsed.config.domain_stats.mode, DomainStatsMode::embedded);
    EXPECT_FALSE(parse_config("log: {level: info}\nlog: {format: json}\n", "e").errors.empty());
}

}  // namespace
}  // namespace enrichd::test::config_cases_test
