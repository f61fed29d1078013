#include "app/policy_tests.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

#include "app/inspect.hpp"
#include "base/read_file.hpp"
#include "cli/terminal.hpp"
#include "config/policy_test_file.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_file = 1024 * 1024;

/// As Sysmon's event comes, which the first of the default fields finds; else at the first one configured.
std::string alert_of(const PolicyTest& test, const Config& config) {
    // One agent for each test: bursts are counted by agent.
    const std::string agent = test.agent.empty() ? "test-" + std::to_string(test.line) : test.agent;
    Json alert{{"id", "test"}, {"agent", {{"id", agent}, {"name", ""}, {"ip", ""}}}};
    const auto put = [&alert](const std::vector<std::string>& pointers, const std::string& value) {
        if (!value.empty() && !pointers.empty()) alert[Json::json_pointer(pointers.front())] = value;
    };
    put(config.reader.fields, test.query);
    put(config.reader.context.process, test.process);
    put(config.reader.context.query_status, test.query_status);
    return alert.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& one : texts) out += (out.empty() ? "" : ", ") + one;
    return out.empty() ? "none" : out;
}

/// What is not as expected; empty when all is.
std::vector<std::string> differences(const PolicyTest::Expected& expected, const Decided& decided) {
    std::vector<std::string> out;
    const auto compare = [&out](std::string_view what, const std::string& got, const std::string& wanted) {
        if (got != wanted) out.push_back(std::string(what) + " is " + got + ", expected " + wanted);
    };
    if (expected.decision)
        compare("decision", decided.decision + " (" + decided.reason + ")",
                *expected.decision + " (" + decided.reason + ")");
    if (expected.severity) compare("severity", decided.severity, *expected.severity);
    if (expected.findings) compare("findings", joined(decided.findings), joined(*expected.findings));
    if (expected.events) compare("events", joined(decided.events), joined(*expected.events));
    return out;
}

/// What is wrong with one test; empty when it passes.
std::vector<std::string> failures_of(const PolicyTest& test, const Config& config, PolicyTrial& trial) {
    if (std::string wrong = trial.wrong_with(test.facts); !wrong.empty()) return {std::move(wrong)};
    const auto decided = trial.decide(alert_of(test, config), test.agents, test.facts);
    if (!decided) return {"cannot be run: " + decided.error().message()};
    return differences(test.expected, *decided);
}

}  // namespace

Report run_policy_tests(const Config& config, const std::string& file) {
    const auto text = read_file_up_to(file, max_file);
    if (!text) return {{}, {}, file + ": " + text.error().message(), false};
    const PolicyTestFile read = parse_policy_tests(*text, file, wall_seconds(WallClock::now()));
    if (!read.errors.empty()) {
        std::string why;
        for (const Problem& one : read.errors) why += (why.empty() ? "" : "\n") + ("error: " + one.text());
        return {{}, {}, std::move(why), false};
    }
    PolicyTrial trial(config);
    std::size_t failed = 0;
    std::string human;
    Json results = Json::array();
    for (const PolicyTest& test : read.tests) {
        const std::vector<std::string> failures = failures_of(test, config, trial);
        failed += failures.empty() ? 0 : 1;
        human += (failures.empty() ? "ok      " : "FAILED  ") + fit_for_terminal(test.title) + "\n";
        for (const std::string& one : failures)
            human += "        line " + std::to_string(test.line) + ": " + fit_for_terminal(one) + "\n";
        results.push_back(
            {{"name", test.title}, {"line", test.line}, {"ok", failures.empty()}, {"failures", failures}});
    }
    human += counted(read.tests.size(), "test") + ", " + std::to_string(failed) + " failed\n";
    const Json report{{"tests", std::move(results)}, {"failed", failed}};
    return {
        report.dump(2, ' ', true, Json::error_handler_t::replace) + "\n", std::move(human), {}, failed == 0};
}

}  // namespace enrichd
