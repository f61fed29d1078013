#include "stages/domain_stats/embedded/frequency_table.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/read_file.hpp"
#include "model/json_fields.hpp"
#include "stages/domain_stats/embedded/built_in.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

constexpr std::size_t max_file = 16 * 1024 * 1024;
constexpr std::uint64_t max_count = 1ULL << 40U;  // so that the sums for a name stay exact

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// The first byte tells a character of ASCII; others share what no name has.
unsigned char byte(const json& character) {
    return static_cast<unsigned char>(character.get_ref<const std::string&>().front());
}

bool one_character(const json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return text.size() == 1 || (text.size() > 1 && text.size() <= 4 && byte(value) >= 0x80);
}

/// `[character, what]`
bool entry(const json& value) {
    return value.is_array() && value.size() == 2 && one_character(value[0]);
}

bool counted_pair(const json& value) {
    return entry(value) && value[1].is_number_unsigned() && value[1].get<std::uint64_t>() <= max_count;
}

bool row(const json& value) {
    return entry(value) && value[1].is_array() && std::all_of(value[1].begin(), value[1].end(), counted_pair);
}

bool table(const json& value) {
    return value.is_array() && value.size() == 3 && value[0].is_boolean() && value[1].is_string() &&
           value[2].is_array() && std::all_of(value[2].begin(), value[2].end(), row);
}

/// Correctly rounded from the double: what is halfway in decimals seldom is in binary.
double rounded(double score) {
    std::array<char, 32> text{};
    const auto written =
        std::to_chars(text.data(), text.data() + text.size(), score, std::chars_format::fixed, 4);
    std::from_chars(text.data(), written.ptr, score);
    return score;
}

}  // namespace

result<FrequencyTable> FrequencyTable::parse(std::string_view text) {
    json source;
    const JsonBounds bounds{6, 1'000'000};
    if (parse_json(text, bounds, source)) return errc::table_not_json;
    if (!table(source)) return errc::table_wrong_shape;
    return FrequencyTable(source);
}

result<FrequencyTable> FrequencyTable::load(const std::string& file) {
    const auto text = read_file_up_to(file, max_file);
    if (!text) return text.error();
    return parse(*text);
}

FrequencyTable FrequencyTable::built_in() {
    return parse(built_in::frequency_table()).value();
}

FrequencyTable::FrequencyTable(const json& source) {
    const bool fold = source[0].get<bool>();
    give_columns(source[2], fold);
    for (const char c : source[1].get_ref<const std::string&>())
        ignored_[static_cast<unsigned char>(c)] = true;
    for (unsigned char c = 'A'; fold && c <= 'Z'; ++c) {
        const auto small = static_cast<unsigned char>(lower(static_cast<char>(c)));
        ignored_[c] = ignored_[small] = ignored_[c] || ignored_[small];
    }
    add_counts(source[2]);
}

/// Case is folded by giving both cases one column.
void FrequencyTable::give_columns(const json& rows, bool fold) {
    const auto give = [&](const json& character) {
        const unsigned char c = byte(character);
        if (c >= 0x80) return;
        const char small = fold ? lower(static_cast<char>(c)) : static_cast<char>(c);
        std::uint8_t& column = column_[static_cast<unsigned char>(small)];
        if (column == 0) column = static_cast<std::uint8_t>(columns_++);
    };
    for (const json& one : rows) {
        give(one[0]);
        for (const json& pair : one[1]) give(pair[0]);
    }
    for (unsigned char c = 'A'; fold && c <= 'Z'; ++c)
        column_[c] = column_[static_cast<unsigned char>(lower(static_cast<char>(c)))];
}

void FrequencyTable::add_counts(const json& rows) {
    begun_.resize(columns_);
    pairs_.resize(columns_ * columns_);
    std::vector<std::uint64_t> not_ignored(columns_);
    for (const json& one : rows) {
        const std::size_t first = column_[byte(one[0])];
        if (first == 0) continue;
        for (const json& pair : one[1]) {
            const unsigned char second = byte(pair[0]);
            const auto count = pair[1].get<std::uint64_t>();
            begun_[first] += count;
            if (!ignored_[second]) not_ignored[first] += count;
            if (column_[second] != 0) pairs_[first * columns_ + column_[second]].count += count;
        }
    }
    for (std::size_t first = 0; first < columns_; ++first)
        for (std::size_t second = 0; second < columns_ && not_ignored[first] > 0; ++second) {
            Pair& pair = pairs_[first * columns_ + second];
            pair.probability = static_cast<double>(pair.count) / static_cast<double>(not_ignored[first]);
        }
}

FrequencyScores FrequencyTable::score(std::string_view text) const {
    double probabilities = 0;
    std::uint64_t counted = 0;
    std::uint64_t begun = 0;
    std::uint64_t pairs = 0;
    // The order of the original: it is the order in which doubles are added up.
    for (const std::size_t start : {0U, 1U}) {
        for (std::size_t i = start; i + 1 < text.size(); i += 2) {
            const auto a = static_cast<unsigned char>(text[i]);
            const auto b = static_cast<unsigned char>(text[i + 1]);
            if ((ignored_[a] && ignored_[b]) || a >= 0x80 || b >= 0x80) continue;
            const std::size_t first = column_[a];
            const Pair& pair = pairs_[first * columns_ + column_[b]];
            probabilities += pair.probability;
            counted += pair.count;
            begun += begun_[first];
            ++pairs;
        }
    }
    FrequencyScores scores;
    if (pairs > 0) scores.average = rounded(probabilities / static_cast<double>(pairs) * 100);
    if (counted > 0) scores.word = rounded(static_cast<double>(counted) / static_cast<double>(begun) * 100);
    return scores;
}

}  // namespace enrichd
