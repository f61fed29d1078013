#include "stages/domain_stats/domain_stats_reason.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::domain_stats_reason_test {
namespace {

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
const EventDomain young{"example.com", now - std::chrono::days(3), now};
const EventDomain unknown{"example.com", {}, now};

std::string reason(const EventDomain& domain, bool first_contact, const std::string& category,
                   std::vector<std::string> alerts = {}) {
    DomainStatsAnswer answer;
    answer.first_contact = first_contact;
    answer.verdict.category = category;
    answer.verdict.alerts = std::move(alerts);
    return reason_of(domain, answer);
}

TEST(DomainStatsReason, IsOneSentenceAboutWhatWasFound) {
    EXPECT_EQ(reason(young, true, "NEW"),
              "First contact of this network with example.com, registered 3 days ago.");
    EXPECT_EQ(reason(unknown, true, "UNKNOWN"), "First contact of this network with example.com.");
    EXPECT_EQ(
        reason(young, true, "NEW", {"LOW-FREQ-SCORES"}),
        "First contact of this network with example.com, registered 3 days ago; its name looks random.");
    EXPECT_EQ(reason(young, false, "NEW"), "The domain example.com is new, registered 3 days ago.");
    EXPECT_EQ(reason(unknown, false, "NEW", {"SUSPECT-FREQ-SCORE"}),
              "The domain example.com is new; its name looks unusual.");
    EXPECT_EQ(reason(unknown, false, "ESTABLISHED", {"LOW-FREQ-SCORES"}),
              "The name of example.com looks random.");
    EXPECT_EQ(reason(young, false, "ESTABLISHED", {"SUSPECT-FREQ-SCORE"}),
              "The name of example.com, registered 3 days ago, looks unusual.");
    EXPECT_EQ(reason(young, false, "ESTABLISHED", {"something else"}),
              "The Domain Stats server has an alert for example.com.");
}

}  // namespace
}  // namespace enrichd::test::domain_stats_reason_test
