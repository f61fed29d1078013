#include "model/severity.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

constexpr std::string_view browser = R"(C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe)";
constexpr std::string_view script = R"(C:\\Windows\\System32\\WScript.exe)";

SeverityFacts facts(KindSet found, std::string_view program = "",
                    std::optional<long> age_days = std::nullopt) {
    SeverityFacts out;
    out.found = found;
    out.program = program;
    out.age_days = age_days;
    return out;
}

Severity severity(const SeverityFacts& of) {
    return grade_of(of).severity;
}

TEST(Severity, AFirstContactAloneIsForInformation) {
    EXPECT_EQ(severity(facts({FindingKind::first_contact})), Severity::info);
    EXPECT_EQ(severity(facts({FindingKind::first_contact}, script, 4'000)), Severity::info);
    EXPECT_EQ(severity(facts({FindingKind::suspect_frequency})), Severity::info);
}

TEST(Severity, RisesWithWhatComesTogether) {
    const KindSet new_contact{FindingKind::first_contact, FindingKind::new_domain};
    EXPECT_EQ(severity(facts(new_contact, browser, 400)), Severity::low);
    EXPECT_EQ(severity(facts(new_contact, browser, 30)), Severity::medium);
    EXPECT_EQ(severity(facts(new_contact, browser, 31)), Severity::low);
    EXPECT_EQ(severity(facts(new_contact, script, 3)), Severity::high);
    EXPECT_EQ(severity(facts(new_contact | KindSet{FindingKind::low_frequency}, script, 3)),
              Severity::critical);
    EXPECT_EQ(severity(facts({FindingKind::first_contact, FindingKind::low_frequency}, browser)),
              Severity::low);
    EXPECT_EQ(severity(facts({FindingKind::first_contact, FindingKind::low_frequency}, script)),
              Severity::medium);
    EXPECT_EQ(severity(facts({FindingKind::isc_warning})), Severity::medium);
    EXPECT_EQ(severity(facts({FindingKind::isc_first_seen})), Severity::low);
    EXPECT_EQ(severity(facts({FindingKind::other})), Severity::low);
}

TEST(Severity, ABurstIsSeriousWhereNoBrowserAsks) {
    for (const FindingKind kind : {FindingKind::nxdomain_burst, FindingKind::tunnel}) {
        EXPECT_EQ(severity(facts({kind}, browser)), Severity::medium);
        EXPECT_EQ(severity(facts({kind}, script)), Severity::high);
        SeverityFacts missing = facts({kind}, script);
        missing.query_status = "9003";
        EXPECT_EQ(severity(missing), Severity::high) << "it is part of the finding";
    }
    SeverityFacts bots = facts({FindingKind::nxdomain_burst}, script);
    bots.agents = 40;
    EXPECT_EQ(severity(bots), Severity::high) << "many of them have it";
}

TEST(Severity, NamesThatDoNotExistAreKnownByEachSensorsWord) {
    for (const char* status : {"9003", "3", "NXDOMAIN", "NxDomain", "nxdomain"})
        EXPECT_TRUE(does_not_exist(status)) << status;
    for (const char* status : {"", "0", "NOERROR", "NXDOMAI", "30", "9003 "})
        EXPECT_FALSE(does_not_exist(status)) << status;
}

TEST(Severity, AListAndThreatIntelligenceCountByTheirConfidence) {
    for (const auto by : {&SeverityFacts::list, &SeverityFacts::intelligence}) {
        SeverityFacts listed;
        listed.*by = "low";
        EXPECT_EQ(severity(listed), Severity::low);
        listed.*by = "medium";
        EXPECT_EQ(severity(listed), Severity::medium);
        listed.*by = "high";
        EXPECT_EQ(severity(listed), Severity::high);
        listed.found.add(FindingKind::new_domain);
        EXPECT_EQ(severity(listed), Severity::critical);
    }
    SeverityFacts both;
    both.list = both.intelligence = "medium";
    EXPECT_EQ(severity(both), Severity::critical);
}

TEST(Severity, IsLowerForWhatManyAskForAndForNamesThatDoNotExistUnlessListed) {
    SeverityFacts random = facts({FindingKind::low_frequency}, script);
    EXPECT_EQ(severity(random), Severity::medium);
    random.agents = 8;
    EXPECT_EQ(severity(random), Severity::medium);
    random.agents = 9;
    EXPECT_EQ(severity(random), Severity::low);
    random.query_status = "9003";
    EXPECT_EQ(severity(random), Severity::info);
    random.list = "high";
    EXPECT_EQ(severity(random), Severity::critical);
}

TEST(Severity, KnowsBrowsersByTheirProgram) {
    for (const std::string_view program :
         {browser, std::string_view("/usr/lib/firefox-esr/firefox-esr"), std::string_view("MSEDGE.EXE"),
          std::string_view("/usr/bin/chromium")})
        EXPECT_EQ(severity(facts({FindingKind::low_frequency}, program)), Severity::low) << program;
    for (const std::string_view program : {script, std::string_view("/tmp/chrome/x"),
                                           std::string_view("chrome.exe.exe"), std::string_view("notchrome")})
        EXPECT_EQ(severity(facts({FindingKind::low_frequency}, program)), Severity::medium) << program;
}

TEST(Severity, ItsStepsAddUpToIt) {
    const Grade grade = grade_of(facts({FindingKind::new_domain, FindingKind::low_frequency}, script, 2));
    ASSERT_EQ(grade.steps.size(), 4U);
    int sum = 0;
    for (const SeverityStep& step : grade.steps) sum += step.points;
    EXPECT_EQ(sum, static_cast<int>(grade.severity));
    EXPECT_EQ(grade.steps[0].fact, "the domain is new");
}

TEST(Severity, ReadsTextsOfAContext) {
    const std::string_view context =
        R"({"rule":"1","level":3,"process":"C:\\\"process\":\"x\\a.exe","user":"EXAMPLE\\jane","query_status":"9003"})";
    EXPECT_EQ(text_of_context(context, before_process), R"(C:\\\"process\":\"x\\a.exe)");
    EXPECT_EQ(text_of_context(context, before_query_status), "9003");
    EXPECT_EQ(text_of_context(context, R"("rule":")"), "1");
    EXPECT_EQ(text_of_context(context, R"("client":")"), "");
    EXPECT_EQ(text_of_context("", before_process), "");
    EXPECT_EQ(text_of_context(R"({"rule":"never ends)", R"("rule":")"), "never ends");
    EXPECT_EQ(text_of_context("{\"rule\":\"\\", R"("rule":")"), "\\");
}

}  // namespace
}  // namespace enrichd::test
