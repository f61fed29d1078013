#include "config/policy_test_file.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/units.hpp"
#include "config/nearest.hpp"
#include "config/yaml_document.hpp"
#include "model/finding_kind.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 8> keys_of_a_test{"name",         "query",  "agent", "process",
                                                         "query_status", "agents", "facts", "expect"};
constexpr std::array<std::string_view, 4> keys_of_expect{"decision", "severity", "findings", "events"};
/// As Job::decision has them.
constexpr std::array<std::string_view, 8> decisions{"reported", "repeat",   "allowed", "learning",
                                                    "nothing",  "filtered", "refused", "error"};
constexpr std::array<std::string_view, 6> severities{"none", "info", "low", "medium", "high", "critical"};
constexpr int deepest = 8;

/// "5 days ago" as an HTTP date; nothing when the text is none such.
std::optional<std::string> days_ago(std::string_view text, WallTime now) {
    constexpr std::string_view end = " days ago";
    if (!text.ends_with(end)) return std::nullopt;
    text.remove_suffix(end.size());
    int days = 0;
    const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), days);
    if (ec != std::errc{} || rest != text.data() + text.size() || days < 0) return std::nullopt;
    return to_http_date(now - std::chrono::days(days));
}

Json scalar(const std::string& text, WallTime now) {
    if (auto date = days_ago(text, now)) return *std::move(date);
    if (text == "true" || text == "false") return text == "true";
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, number);
    return ec == std::errc{} && rest == end ? Json(number) : Json(text);
}

class Reader {
  public:
    Reader(std::string file, WallTime now) : file_(std::move(file)), now_(now) {}

    void read(const YAML::Node& root) {
        const YAML::Node tests = root.IsMap() ? root["tests"] : YAML::Node();
        if (!tests.IsDefined() || !tests.IsSequence())
            return wrong(root, "tests", "expected a list of tests, each with query and expect");
        if (tests.size() == 0) wrong(tests, "tests", "has no test");
        for (const YAML::Node& one : tests) add(one);
    }

    PolicyTestFile out;

  private:
    void wrong(const YAML::Node& node, std::string key, std::string message) {
        out.errors.push_back(
            {file_, node.Mark().line + 1, node.Mark().column + 1, std::move(key), std::move(message)});
    }
    void check_keys(const YAML::Node& node, std::span<const std::string_view> known) {
        Words given;
        for (const auto& pair : node) {
            const std::string key = pair.first.Scalar();
            if (!given.insert(key).second) wrong(pair.first, key, "given twice");
            check_word(pair.first, key, "unknown key", key, known);
        }
    }
    void check_word(const YAML::Node& node, const std::string& key, const char* what, const std::string& word,
                    std::span<const std::string_view> known) {
        if (std::find(known.begin(), known.end(), word) != known.end()) return;
        wrong(node, key, what + did_you_mean(word, Words(known.begin(), known.end())));
    }
    std::string text(const YAML::Node& map, const char* key) {
        const YAML::Node node = map[key];
        if (!node.IsDefined()) return {};
        if (!node.IsScalar()) wrong(node, key, "expected a text");
        return node.IsScalar() ? node.Scalar() : "";
    }
    std::optional<std::vector<std::string>> texts(const YAML::Node& map, const char* key) {
        const YAML::Node node = map[key];
        if (!node.IsDefined()) return std::nullopt;
        std::vector<std::string> list;
        if (!node.IsSequence()) wrong(node, key, "expected a list of texts");
        for (const YAML::Node& one : node)
            if (one.IsScalar()) list.push_back(one.Scalar());
        std::sort(list.begin(), list.end());
        return list;
    }
    Json facts(const YAML::Node& node, int depth) {
        if (depth > deepest) {
            wrong(node, "facts", "nested too deeply");
            return nullptr;
        }
        if (node.IsScalar()) return scalar(node.Scalar(), now_);
        if (node.IsSequence()) {
            Json list = Json::array();
            for (const YAML::Node& one : node) list.push_back(facts(one, depth + 1));
            return list;
        }
        Json object = Json::object();
        if (node.IsMap())
            for (const auto& pair : node) object[pair.first.Scalar()] = facts(pair.second, depth + 1);
        return object;
    }
    void add_expected(const YAML::Node& of, PolicyTest& test) {
        const YAML::Node node = of["expect"];
        if (!node.IsDefined() || !node.IsMap() || node.size() == 0)
            return wrong(of, "expect", "expected at least one of decision, severity, findings, events");
        check_keys(node, keys_of_expect);
        if (node["decision"].IsDefined()) {
            test.expected.decision = text(node, "decision");
            check_word(node["decision"], "decision", "no such decision", *test.expected.decision, decisions);
        }
        if (node["severity"].IsDefined()) {
            test.expected.severity = text(node, "severity");
            check_word(node["severity"], "severity", "expected none, info, low, medium, high or critical",
                       *test.expected.severity, severities);
        }
        test.expected.findings = texts(node, "findings");
        for (const std::string& one : test.expected.findings.value_or(std::vector<std::string>()))
            check_word(node["findings"], "findings", ("no finding is called " + one).c_str(), one,
                       finding_kind_names);
        test.expected.events = texts(node, "events");
    }
    void add(const YAML::Node& node) {
        if (!node.IsMap()) return wrong(node, "tests", "expected a test with query and expect");
        check_keys(node, keys_of_a_test);
        PolicyTest test{text(node, "name"), node.Mark().line + 1, text(node, "query")};
        if (test.query.empty()) wrong(node, "query", "is missing");
        if (test.title.empty()) test.title = test.query;
        test.agent = text(node, "agent");
        test.process = text(node, "process");
        test.query_status = text(node, "query_status");
        if (const std::string count = text(node, "agents"); !count.empty()) {
            const char* const end = count.data() + count.size();
            const auto [rest, ec] = std::from_chars(count.data(), end, test.agents);
            if (ec != std::errc{} || rest != end) wrong(node["agents"], "agents", "expected a number");
        }
        if (const YAML::Node given = node["facts"]; given.IsDefined()) {
            if (!given.IsMap()) wrong(given, "facts", "expected what is known, by provider");
            test.facts = facts(given, 0).dump();
        }
        add_expected(node, test);
        out.tests.push_back(std::move(test));
    }

    std::string file_;
    WallTime now_;
};

}  // namespace

PolicyTestFile parse_policy_tests(const std::string& text, const std::string& file, WallTime now) {
    YAML::Node document;
    if (auto problem = read_document(text, file, document)) return {{}, {*std::move(problem)}};
    Reader reader(file, now);
    reader.read(document);
    return std::move(reader.out);
}

}  // namespace enrichd
