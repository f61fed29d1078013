// enrichd test: what the configuration decides, compared with a file.
#include "app/policy_tests.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::policy_tests_test {
namespace {

class PolicyTestsTest : public ::testing::Test {
  protected:
    Report run(const std::string& tests, const std::string& config = {}) {
        write_file(dir_ / "tests.yaml", tests);
        const ParsedConfig parsed = parse_config(config, "e.yaml");
        EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front().text();
        return run_policy_tests(parsed.config, dir_ / "tests.yaml");
    }
    /// The report of one test about a name with this verdict.
    std::string one(const std::string& verdict, const std::string& expected, const std::string& more = {},
                    const std::string& config = {}) {
        const Report report = run("tests:\n  - query: www.some-shop.com\n    facts: {domain_stats: {" +
                                      verdict + "}}\n    expect: {" + expected + "}\n" + more,
                                  config);
        return report.human + report.error;
    }

    TempDir dir_;
};

TEST_F(PolicyTestsTest, AVerdictBecomesFindingsAnEventAndASeverity) {
    EXPECT_EQ(
        one("category: NEW, alerts: [YOUR-FIRST-CONTACT], seen_by_web: 5 days ago",
            "decision: reported, findings: [new, first_contact], events: [domain_stats], severity: medium"),
        "ok      www.some-shop.com\n1 test, 0 failed\n");
    EXPECT_EQ(one("category: ESTABLISHED", "decision: nothing, severity: none, events: []"),
              "ok      www.some-shop.com\n1 test, 0 failed\n");
}

TEST_F(PolicyTestsTest, WhatIsNotAsExpectedIsNamedWithItsLine) {
    const std::string said = one("category: NEW", "severity: critical, events: [otx]");
    EXPECT_NE(said.find("FAILED  www.some-shop.com"), std::string::npos) << said;
    EXPECT_NE(said.find("line 2: severity is low, expected critical"), std::string::npos) << said;
    EXPECT_NE(said.find("events is domain_stats, expected otx"), std::string::npos) << said;
    EXPECT_NE(said.find("1 test, 1 failed"), std::string::npos) << said;
}

TEST_F(PolicyTestsTest, ThePolicyOfTheConfigurationCounts) {
    const char* const first = "category: ESTABLISHED, alerts: [YOUR-FIRST-CONTACT]";
    EXPECT_NE(one(first, "decision: reported").find("ok "), std::string::npos);
    EXPECT_NE(one(first, "decision: reported", {}, "policy: {report: {first_contact: off}}\n").find("FAILED"),
              std::string::npos);
}

TEST_F(PolicyTestsTest, ProcessStatusAndAgentsCount) {
    const char* const verdict = "category: NEW, seen_by_web: 5 days ago";
    EXPECT_NE(one(verdict, "severity: high", "    process: C:\\evil.exe\n").find("ok "), std::string::npos);
    EXPECT_NE(one(verdict, "severity: low", "    agents: 30\n").find("ok "), std::string::npos);
    EXPECT_NE(one(verdict, "severity: low", "    query_status: \"9003\"\n").find("ok "), std::string::npos);
}

TEST_F(PolicyTestsTest, ListsFromFilesAndTheFilterCount) {
    write_file(dir_ / "bad.txt", "some-shop.com\n");
    const std::string config =
        "gate: {skip_suffixes: [corp.acme.com]}\nlists: [{name: bad, from: " + (dir_ / "bad.txt").string() +
        ", confidence: high}]\n";
    const Report report = run(
        "tests:\n  - {query: www.some-shop.com, expect: {findings: [list], events: [list], severity: high}}\n"
        "  - {query: pc.corp.acme.com, expect: {decision: filtered}}\n"
        "  - {query: 'a b', expect: {decision: refused}}\n",
        config);
    EXPECT_TRUE(report.good) << report.human << report.error;
}

TEST_F(PolicyTestsTest, NobodyIsAsked) {
    const Report report = run("tests:\n  - {query: www.some-shop.com, expect: {decision: nothing}}\n",
                              "domain_stats: {mode: http, url: 'http://127.0.0.1:1'}\n");
    EXPECT_TRUE(report.good) << report.human << report.error;
}

TEST_F(PolicyTestsTest, AFactOfAnotherTypeFailsItsTestAlone) {
    const Report report = run(
        "tests:\n  - {query: a.com, facts: {domain_stats: {category: [x]}}, expect: {decision: nothing}}\n"
        "  - {query: b.com, expect: {decision: nothing}}\n");
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("cannot be run"), std::string::npos) << report.human;
    EXPECT_NE(report.human.find("ok      b.com"), std::string::npos) << report.human;
}

TEST_F(PolicyTestsTest, MisspeltFactsAndExpectationsAreMistakes) {
    EXPECT_NE(run("tests:\n  - {query: a.com, facts: {domain_stat: {category: NEW}}, expect: {decision: "
                  "nothing}}\n")
                  .human.find("did you mean 'domain_stats'?"),
              std::string::npos);
    EXPECT_NE(run("tests:\n  - {query: a.com, facts: {domain_stats: {categry: NEW}}, expect: {decision: "
                  "nothing}}\n")
                  .human.find("did you mean 'category'?"),
              std::string::npos);
    EXPECT_FALSE(
        run("tests:\n  - {query: a.com, facts: {otx: {pulse_count: 3}}, expect: {decision: nothing}}\n")
            .good);
    const auto error = [this](const std::string& tests) { return run(tests).error; };
    EXPECT_NE(
        error("tests:\n  - {query: a.com, expect: {decision: nothin}}\n").find("did you mean 'nothing'?"),
        std::string::npos);
    EXPECT_NE(error("tests:\n  - {query: a.com, expect: {findings: [first_contct]}}\n").find("first_contact"),
              std::string::npos);
    EXPECT_NE(
        error("tests:\n  - {query: a.com, query: b.com, expect: {decision: nothing}}\n").find("given twice"),
        std::string::npos);
    EXPECT_NE(error("tests: []\n").find("has no test"), std::string::npos);
}

TEST_F(PolicyTestsTest, EachIsByItself) {
    std::string tests = "tests:\n";
    for (int i = 0; i < 15; ++i)
        tests += "  - {query: nx-" + std::to_string(i) +
                 ".com, query_status: '9003', facts: {domain_stats: {category: NEW}}, expect: {events: "
                 "[domain_stats]}}\n";
    tests +=
        "  - {query: nx-1.com, expect: {decision: nothing}}\n"
        "  - {query: nx-1.com, facts: {domain_stats: {category: NEW}}, expect: {decision: reported}}\n";
    const Report report = run(tests);
    EXPECT_TRUE(report.good) << report.human << report.error;
}

TEST_F(PolicyTestsTest, AFileThatCannotBeUsedSaysWhy) {
    EXPECT_NE(run_policy_tests({}, dir_ / "none.yaml").error.find("No such file"), std::string::npos);
    EXPECT_NE(run("tests: 5\n").error.find("expected a list of tests"), std::string::npos);
    EXPECT_NE(run("tests:\n  - {query: a.com, expect: {}}\n").error.find("tests.yaml:2:"), std::string::npos);
    EXPECT_NE(
        run("tests:\n  - {qery: a.com, expect: {decision: nothing}}\n").error.find("did you mean 'query'?"),
        std::string::npos);
    EXPECT_NE(run("tests:\n  - {query: a.com, expect: {severity: loud}}\n").error.find("expected none, info"),
              std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::policy_tests_test
