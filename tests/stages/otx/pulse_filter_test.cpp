#include "stages/otx/pulse_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace enrichd::test::pulse_filter_test {
namespace {

constexpr WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

Pulse pulse(std::string id, std::string author = "AlienVault") {
    Pulse out;
    out.id = std::move(id);
    out.name = "pulse " + out.id;
    out.author = std::move(author);
    out.modified = "2026-07-02T09:14:07.412000";
    return out;
}

OtxAnswer answer(std::vector<Pulse> pulses) {
    OtxAnswer out;
    out.pulses = std::move(pulses);
    return out;
}

bool says(const OtxVerdict& verdict, const std::string& reason) {
    return std::find(verdict.reasons.begin(), verdict.reasons.end(), reason) != verdict.reasons.end();
}

TEST(PulseFilter, CountsByDefaultWhatTheOriginalCounted) {
    const OtxVerdict verdict =
        verdict_of(answer({pulse("1"), pulse("2", "someuser"), pulse("3", "")}), {}, now);
    EXPECT_TRUE(verdict.hit());
    EXPECT_EQ(verdict.pulse_count, 1U);
    EXPECT_EQ(verdict.pulses[0].id, "1");
    EXPECT_TRUE(says(verdict, "2 pulses left out: by other authors"));
    EXPECT_EQ(verdict.confidence, Confidence::medium);
}

TEST(PulseFilter, TakesAnybodysPulsesWhenToldSo) {
    PulseFilter filter;
    filter.authors = {};
    EXPECT_EQ(verdict_of(answer({pulse("1"), pulse("2", "")}), filter, now).pulse_count, 2U);
    filter.authors = {"SOMEUSER"};
    EXPECT_EQ(verdict_of(answer({pulse("1"), pulse("2", "someuser")}), filter, now).pulse_count, 1U);
}

TEST(PulseFilter, LeavesOutWhatIsOldExpiredOrTagged) {
    PulseFilter filter;
    filter.max_age_days = 30;
    filter.require_active = true;
    filter.ignore_tags = {"Test"};
    Pulse fresh = pulse("fresh");
    fresh.modified = "2026-11-23T00:00:00";
    Pulse undated = pulse("undated");
    undated.modified = "yesterday";
    Pulse expired = fresh;
    expired.id = "expired";
    expired.active = false;
    Pulse tagged = fresh;
    tagged.id = "tagged";
    tagged.tags = {"x", "test"};
    const OtxVerdict verdict =
        verdict_of(answer({pulse("old"), fresh, undated, expired, tagged}), filter, now);
    EXPECT_EQ(verdict.pulse_count, 2U) << "what has no date that can be read is not called old";
    EXPECT_TRUE(says(verdict, "1 pulse left out: too old"));
    EXPECT_TRUE(says(verdict, "1 pulse left out: in which the indicator has expired"));
    EXPECT_TRUE(says(verdict, "1 pulse left out: with an ignored tag"));
}

TEST(PulseFilter, ClonesOfOnePulseCountOnceAndTheOriginalIsShown) {
    Pulse copy = pulse("2");
    copy.cloned_from = "1";
    copy.modified = "2026-11-01T00:00:00";
    Pulse stranger = pulse("3");
    stranger.cloned_from = "0";
    Pulse sister = pulse("4");
    sister.cloned_from = "0";
    const OtxVerdict verdict = verdict_of(answer({copy, pulse("1"), stranger, sister}), {}, now);
    EXPECT_EQ(verdict.pulse_count, 2U);
    EXPECT_EQ(verdict.pulses[0].id, "1");
    EXPECT_TRUE(says(verdict, "2 pulses left out: cloned from another"));
}

TEST(PulseFilter, TooFewAreAMissThatSaysWhy) {
    PulseFilter filter;
    filter.min_pulses = 2;
    const OtxVerdict verdict = verdict_of(answer({pulse("1")}), filter, now);
    EXPECT_FALSE(verdict.hit());
    EXPECT_TRUE(verdict.pulses.empty());
    EXPECT_TRUE(says(verdict, "fewer than min_pulses (2)"));
    EXPECT_TRUE(verdict_of(answer({pulse("1"), pulse("2")}), filter, now).hit());
}

TEST(PulseFilter, GradesWhatPasses) {
    EXPECT_EQ(verdict_of(answer({pulse("1"), pulse("2")}), {}, now).confidence, Confidence::high);
    OtxAnswer popular = answer({pulse("1"), pulse("2")});
    popular.popular = {"Akamai rank: #2138"};
    OtxVerdict verdict = verdict_of(popular, {}, now);
    EXPECT_EQ(verdict.confidence, Confidence::medium);
    EXPECT_TRUE(says(verdict, "lowered, popular: Akamai rank: #2138"));
    OtxAnswer benign = answer({pulse("1"), pulse("2"), pulse("3")});
    benign.benign = {"Whitelisted domain"};
    verdict = verdict_of(benign, {}, now);
    EXPECT_TRUE(verdict.hit()) << "it is said, and said to be of little weight";
    EXPECT_EQ(verdict.confidence, Confidence::low);
    EXPECT_TRUE(says(verdict, "low, benign: Whitelisted domain"));
    Pulse expired = pulse("1");
    expired.active = false;
    verdict = verdict_of(answer({expired}), {}, now);
    EXPECT_EQ(verdict.confidence, Confidence::low);
    EXPECT_TRUE(says(verdict, "lowered: the indicator has expired in all of them"));
}

TEST(PulseFilter, ShowsTheMostTellingFirstAndABoundedNumber) {
    Pulse expired = pulse("expired");
    expired.active = false;
    Pulse late = pulse("late");
    late.modified = "2026-11-01T00:00:00";
    std::vector<Pulse> many{expired, pulse("first"), late};
    EXPECT_EQ(verdict_of(answer(many), {}, now).pulses[0].id, "late");
    EXPECT_EQ(verdict_of(answer(many), {}, now).pulses[2].id, "expired");
    for (int i = 0; i < 50; ++i) many.push_back(pulse(std::to_string(i)));
    const OtxVerdict verdict = verdict_of(answer(many), {}, now);
    EXPECT_EQ(verdict.pulse_count, 53U);
    EXPECT_EQ(verdict.pulses.size(), 16U);
}

TEST(PulseFilter, LooksAtEveryTagAndKeepsAFew) {
    PulseFilter filter;
    filter.ignore_tags = {"sinkhole"};
    Pulse many = pulse("1");
    many.tags.assign(40, "tag");
    EXPECT_EQ(verdict_of(answer({many}), filter, now).pulses[0].tags.size(), 16U);
    many.tags.emplace_back("Sinkhole");
    EXPECT_FALSE(verdict_of(answer({many}), filter, now).hit());
}

TEST(PulseFilter, AnAuthorWhoOnlyBeginsLikeAnotherIsAnother) {
    EXPECT_FALSE(verdict_of(answer({pulse("1", std::string("AlienVault\0x", 12))}), {}, now).hit());
    EXPECT_FALSE(verdict_of(answer({pulse("1", "AlienVault2")}), {}, now).hit());
}

TEST(PulseFilter, PulsesWithoutAnIdAreNoClonesOfEachOther) {
    EXPECT_EQ(verdict_of(answer({pulse(""), pulse("")}), {}, now).pulse_count, 2U);
}

}  // namespace
}  // namespace enrichd::test::pulse_filter_test
