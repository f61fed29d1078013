#include "stages/domain_stats/domain_findings.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::domain_findings_test {
namespace {

using enum FindingKind;

DomainStatsAnswer answer(const std::string& category, std::vector<std::string> alerts, bool first_contact) {
    DomainStatsAnswer out;
    out.verdict.category = category;
    out.verdict.alerts = std::move(alerts);
    out.first_contact = first_contact;
    return out;
}

TEST(DomainFindings, AreTheCategoryTheFirstContactAndEachAlert) {
    EXPECT_EQ(kinds_of(answer("NEW", {"LOW-FREQ-SCORES"}, true)),
              (KindSet{new_domain, first_contact, low_frequency}));
    EXPECT_EQ(kinds_of(answer("ESTABLISHED", {"SUSPECT-FREQ-SCORE", "ISC-WARNING", "x"}, false)),
              (KindSet{suspect_frequency, isc_warning, other}));
    EXPECT_TRUE(kinds_of(answer("ESTABLISHED", {}, false)).empty());
    EXPECT_TRUE(kinds_of(answer("ERROR", {"x"}, true)).empty()) << "such an answer gives no event";
}

TEST(DomainFindings, ThatAreRemovedAreInNoEvent) {
    DomainStatsAnswer all = answer("NEW", {"LOW-FREQ-SCORES", "ISC-FIRST-SEEN"}, true);
    remove_findings({low_frequency}, all);
    EXPECT_EQ(all.verdict.alerts, std::vector<std::string>{"ISC-FIRST-SEEN"});
    EXPECT_EQ(all.verdict.category, "NEW");
    EXPECT_TRUE(all.first_contact);
    remove_findings({new_domain, first_contact}, all);
    EXPECT_EQ(all.verdict.category, "UNKNOWN") << "rules look at the category";
    EXPECT_FALSE(all.first_contact);
}

}  // namespace
}  // namespace enrichd::test::domain_findings_test
