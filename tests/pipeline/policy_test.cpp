#include "pipeline/policy.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace enrichd::test::policy_test {
namespace {

using namespace std::chrono_literals;
using enum FindingKind;

constexpr WallTime now{std::chrono::seconds(1'795'493'062)};

TEST(Policy, ByDefaultSilencesNothing) {
    const Policy policy;
    const Silences silences = policy.silences({}, now);
    EXPECT_TRUE(silences.removed().empty());
    EXPECT_TRUE(silences.give_event({first_contact}));
}

TEST(Policy, LearnsFromTheFirstStartForItsTime) {
    Policy policy;
    PolicyOptions options;
    options.learn_for = 24h;
    policy.configure(options);
    EXPECT_FALSE(policy.learns_until(now)) << "nobody knows when it was started first";
    policy.started_first(now);
    EXPECT_EQ(policy.learns_until(now + 23h), now + 24h);
    EXPECT_FALSE(policy.learns_until(now + 24h));
    EXPECT_FALSE(policy.learns_until(now - 48h)) << "the clock was ahead at the first start";
    const Silences silences = policy.silences({}, now);
    EXPECT_FALSE(silences.give_event({first_contact, low_frequency}));
    EXPECT_EQ(silences.reason({first_contact}), "learning");
    EXPECT_TRUE(silences.give_event({first_contact, new_domain}));
    EXPECT_TRUE(silences.give_event({list}));
}

TEST(Policy, WhatIsKnownGivesNoFirstContactAndNoScore) {
    NameMarks marks;
    marks.known = true;
    const Silences silences = Policy().silences(marks, now);
    EXPECT_FALSE(silences.give_event({first_contact, suspect_frequency}));
    EXPECT_TRUE(silences.give_event({new_domain})) << "the server says so";
}

TEST(Policy, ALabelGivesNoEventAndStaysInOthers) {
    Policy policy;
    PolicyOptions options;
    options.report[static_cast<std::size_t>(first_contact)] = ReportAs::label;
    options.report[static_cast<std::size_t>(low_frequency)] = ReportAs::off;
    policy.configure(options);
    const Silences silences = policy.silences({}, now);
    EXPECT_FALSE(silences.give_event({first_contact, low_frequency}));
    EXPECT_EQ(silences.removed(), (KindSet{low_frequency}));
    EXPECT_EQ(silences.reason({first_contact}), "label");
}

}  // namespace
}  // namespace enrichd::test::policy_test
