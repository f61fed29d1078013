// How usual the neighbouring characters of a name are: the two scores of Domain Stats, from a table in the
// file format of its freq.py. Random-looking names score low.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace enrichd {

/// Per cent, rounded to four decimals as the original does it.
struct FrequencyScores {
    double average = 0;  // of the pairs' probabilities
    double word = 0;     // of all pairs' counts together
    bool operator==(const FrequencyScores&) const = default;
};

class FrequencyTable {
  public:
    /// Reads `[ignore_case, ignore_chars, [[first, [[second, count], …]], …]]`. Errors: table_not_json,
    /// table_wrong_shape.
    [[nodiscard]] static result<FrequencyTable> parse(std::string_view json);

    /// The same from a file of at most 16 MiB. Errors: those; file_too_large, system errors.
    [[nodiscard]] static result<FrequencyTable> load(const std::string& file);

    /// The one that is built in; scripts/frequency-table says what it is made from.
    static FrequencyTable built_in();

    /// Of a domain with its suffix. A pair with a byte beyond ASCII does not count. With C the counts of
    /// pairs, N of all pairs that begin with a character and I of those of them that end in an ignored one:
    /// average is the mean of C/(N-I), word is sum C / sum N. A pair of two ignored characters does not
    /// count, an unknown one counts as 0.
    FrequencyScores score(std::string_view text) const;

  private:
    struct Pair {
        double probability = 0;
        std::uint64_t count = 0;
    };

    explicit FrequencyTable(const nlohmann::json& source);
    void give_columns(const nlohmann::json& rows, bool fold);
    void add_counts(const nlohmann::json& rows);

    std::array<std::uint8_t, 256> column_{};  // by character; 0: the table does not know it
    std::array<bool, 256> ignored_{};         // by character
    std::size_t columns_ = 1;
    std::vector<std::uint64_t> begun_;  // N, by column
    std::vector<Pair> pairs_;           // by first and second column
};

}  // namespace enrichd
