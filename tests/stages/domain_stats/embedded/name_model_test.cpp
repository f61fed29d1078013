#include "stages/domain_stats/embedded/name_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "model/host_name.hpp"
#include "support/made_up_names.hpp"

namespace enrichd::test {
namespace {

const NameModel& model() {
    static const NameModel built_in = NameModel::built_in();
    return built_in;
}

std::vector<int> scores_of(const std::vector<std::string>& labels) {
    std::vector<int> scores;
    for (const std::string& label : labels) scores.push_back(model().score(label));
    return scores;
}

std::vector<int> real_scores() {
    std::vector<int> scores;
    for (const std::string& name : data_lines("real_domains.txt"))
        scores.push_back(model().score(name.substr(0, name.find('.'))));
    return scores;
}

/// The score that this share of the real names of the test exceeds.
int score_at_rate_of_test(double rate) {
    std::vector<int> scores = real_scores();
    std::sort(scores.rbegin(), scores.rend());
    return scores[static_cast<std::size_t>(rate * static_cast<double>(scores.size()))];
}

struct Found {
    double all;
    double without_words;
};

/// The mean over the kinds.
Found found_above(int limit) {
    double all = 0;
    double others = 0;
    std::size_t kinds = 0;
    std::size_t other_kinds = 0;
    for (const MadeUp& made : made_up_labels(500)) {
        const double share = share_above(scores_of(made.labels), limit);
        all += share;
        ++kinds;
        if (made.of_words) continue;
        others += share;
        ++other_kinds;
    }
    return {all / static_cast<double>(kinds), others / static_cast<double>(other_kinds)};
}

TEST(NameModel, FindsMadeUpLabelsAtOneFalseAlarmInAHundredRealNamesThatItNeverSaw) {
    const Found found = found_above(score_at_rate_of_test(0.01));
    EXPECT_GE(found.all, 0.70);
    EXPECT_GE(found.without_words, 0.80);
}

TEST(NameModel, FindsMadeUpLabelsAtOneFalseAlarmInAThousand) {
    EXPECT_GE(found_above(score_at_rate_of_test(0.001)).all, 0.45);
}

TEST(NameModel, ItsOwnLimitsHoldForNamesThatItNeverSaw) {
    const std::vector<int> real = real_scores();
    EXPECT_LE(share_above(real, model().score_at(0.01)), 0.015);
    EXPECT_LE(share_above(real, model().score_at(0.001)), 0.003);
    const Found found = found_above(model().score_at(0.01));
    EXPECT_GE(found.all, 0.70);
    EXPECT_GE(found.without_words, 0.80);
}

TEST(NameModel, KnowsNoScoresBetweenTheRatesOfItsFileThatAreOutOfOrder) {
    int before = model().score_at(0.0001);
    for (double rate = 0.0001; rate < 0.1; rate *= 1.07) {
        EXPECT_LE(model().score_at(rate), before) << rate;
        before = model().score_at(rate);
    }
    EXPECT_EQ(model().score_at(1e-9), model().score_at(0.0001));
    EXPECT_EQ(model().score_at(1), model().score_at(0.1));
}

TEST(NameModel, RatesAnyBytesWithoutHarm) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
    EXPECT_EQ(model().score(every), model().score(every));
    EXPECT_NE(model().score("a"), model().score(std::string(63, 'q')));
}

TEST(NameModel, RefusesAFileOfAnotherShape) {
    EXPECT_EQ(NameModel::parse("").error(), errc::table_wrong_shape);
    std::string file(NameModel::file_bytes, '\0');
    EXPECT_TRUE(NameModel::parse(file).has_value());
    file.back() = 1;  // the score at the highest rate above those at lower ones
    EXPECT_EQ(NameModel::parse(file).error(), errc::table_wrong_shape);
}

}  // namespace
}  // namespace enrichd::test
