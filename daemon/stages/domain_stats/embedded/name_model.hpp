// How much a label looks as if a program had made it up: a linear model on its groups of characters
// (name_features.hpp). scripts/train-model makes it; docs/judgement.md has what it finds and what not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "stages/domain_stats/embedded/name_features.hpp"

namespace enrichd {

class NameModel {
  public:
    /// False-alarm rates of which the model's file has the score: from 0.0001, ten for each power of ten.
    static constexpr std::size_t rates = 31;

    /// In its file: a signed byte for each slot, then the base score and the scores by false-alarm rate, each
    /// a little-endian number of 32 bits.
    static constexpr std::size_t file_bytes = name_features::slots + 4 * (1 + rates);

    /// `file` outlives it. Errors: table_wrong_shape.
    [[nodiscard]] static result<NameModel> parse(std::string_view file);

    /// The one that is built in.
    static NameModel built_in();

    /// Rises with how random the label looks. `label` is not empty and in lower case, without its suffix.
    int score(std::string_view label) const;

    /// The least score that so large a share of the real names has that training did not see: 0.0001 to 0.1.
    int score_at(double false_alarm_rate) const;

  private:
    explicit NameModel(std::string_view file);

    std::string_view weights_;
    std::int32_t base_ = 0;
    std::array<std::int32_t, rates> at_rate_{};
};

}  // namespace enrichd
