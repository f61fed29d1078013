#include "support/made_up_names.hpp"

#include <algorithm>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string_view>

namespace enrichd::test {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view without_z = "abcdefghijklmnopqrstuvwxy";
constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view hex = "0123456789abcdef";
constexpr std::string_view vowels = "aeiou";
constexpr std::string_view consonants = "bcdfghjklmnpqrstvwxz";

/// Words of common English texts.
constexpr std::string_view words[] = {
    "able",     "above",   "account", "across",  "action",   "animal",   "answer",  "autumn",   "balance",
    "basket",   "before",  "better",  "bottle",  "branch",   "bridge",   "brother", "butter",   "candle",
    "capital",  "center",  "circle",  "cotton",  "country",  "daughter", "desert",  "dinner",   "doctor",
    "double",   "driver",  "effort",  "energy",  "engine",   "evening",  "family",  "father",   "finger",
    "flower",   "forest",  "garden",  "glass",   "guide",    "harbour",  "health",  "history",  "honest",
    "hunger",   "island",  "journey", "kitchen", "language", "leather",  "letter",  "library",  "little",
    "machine",  "market",  "master",  "measure", "member",   "middle",   "minute",  "mirror",   "morning",
    "mountain", "nature",  "number",  "office",  "orange",   "outside",  "paper",   "people",   "picture",
    "pleasure", "pocket",  "potato",  "promise", "question", "quiet",    "reason",  "record",   "river",
    "science",  "season",  "second",  "servant", "shoulder", "silver",   "simple",  "sister",   "soldier",
    "station",  "street",  "strong",  "summer",  "surprise", "teacher",  "thunder", "together", "trouble",
    "valley",   "village", "weather", "window",  "winter",   "woman",    "writing", "yellow",   "young"};

class Maker {
  public:
    std::size_t number(std::size_t least, std::size_t most) { return least + random_() % (most - least + 1); }
    char one(std::string_view alphabet) { return alphabet[random_() % alphabet.size()]; }
    std::string text(std::string_view alphabet, std::size_t least, std::size_t most) {
        std::string out;
        for (std::size_t left = number(least, most); left > 0; --left) out.push_back(one(alphabet));
        return out;
    }
    std::string word() { return std::string(words[random_() % std::size(words)]); }
    bool half() { return random_() % 2 == 0; }

    /// Consonant and vowel in turn, now and then a consonant more.
    std::string syllables(std::size_t least, std::size_t most, std::size_t of_ten_longer) {
        std::string out;
        const std::size_t length = number(least, most);
        while (out.size() < length) {
            out.push_back(one(consonants));
            out.push_back(one(vowels));
            if (number(1, 10) <= of_ten_longer) out.push_back(one(consonants));
        }
        return out.substr(0, length);
    }
    std::string some_letters_changed(std::size_t count) {
        std::string out = word() + word();
        for (; count > 0; --count) out[random_() % out.size()] = one(letters);
        return out;
    }
    /// A date in base 64, as one family has it.
    std::string date_in_base64() {
        constexpr std::string_view digits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::string date = text("0123", 1, 1) + text("0123456789", 1, 1) + "0" +
                                 text("123456789", 1, 1) + "20" + text("12", 1, 1) +
                                 text("0123456789", 1, 1) + text("abcd", 1, 1);
        std::string out;
        for (std::size_t i = 0; i + 2 < date.size(); i += 3) {
            const unsigned three = static_cast<unsigned>(date[i]) << 16U |
                                   static_cast<unsigned>(date[i + 1]) << 8U |
                                   static_cast<unsigned>(date[i + 2]);
            for (const unsigned shift : {18U, 12U, 6U, 0U}) out.push_back(digits[(three >> shift) & 63U]);
        }
        std::transform(out.begin(), out.end(), out.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
        return out;
    }

  private:
    std::mt19937 random_{4711};
};

}  // namespace

std::vector<MadeUp> made_up_labels(std::size_t count) {
    Maker make;
    std::vector<MadeUp> all;
    const auto add = [&](const char* kind, auto maker, bool of_words = false) {
        MadeUp made{kind, of_words, {}};
        for (std::size_t i = 0; i < count; ++i) made.labels.push_back(maker());
        all.push_back(std::move(made));
    };
    add("3 to 7 letters", [&] { return make.text(letters, 3, 7); });
    add("5 to 11 letters", [&] { return make.text(letters, 5, 11); });
    add("6 to 12 letters", [&] { return make.text(letters, 6, 12); });
    add("7 to 21 letters", [&] { return make.text(without_z, 7, 21); });
    add("8 to 19 letters", [&] { return make.text(without_z, 8, 19); });
    add("8 to 25 letters", [&] { return make.text(letters, 8, 25); });
    add("12 letters", [&] { return make.text(without_z, 12, 12); });
    add("12 to 15 letters", [&] { return make.text(without_z, 12, 15); });
    add("20 letters", [&] { return make.text(letters, 20, 20); });
    add("32 to 45 letters", [&] { return make.text(letters, 32, 45); });
    add("16 of 13 letters", [&] { return make.text("acegikmoqsuwy", 16, 16); });
    add("16 of 11 letters", [&] { return make.text("abcdefnolmk", 16, 16); });
    add("11 letters and digits", [&] { return make.text(letters_and_digits, 11, 11); });
    add("12 to 23 letters and digits", [&] { return make.text(letters_and_digits, 12, 23); });
    add("20 to 28 letters and digits", [&] { return make.text(letters_and_digits, 20, 28); });
    add("8 to 16 of MD5", [&] { return make.text(hex, 8, 16); });
    add("13 of hex and a tail", [&] { return make.text(hex, 11, 11) + make.text("gx12", 2, 2); });
    add("a date in base 64", [&] { return make.date_in_base64(); });
    add("letters and an ending",
        [&] { return make.text(letters, 6, 9) + std::string(make.half() ? "ness" : "ly"); });
    add("8 letters in pairs", [&] { return make.syllables(8, 8, 0); });
    add("7 to 11, syllables", [&] { return make.syllables(7, 11, 2); });
    add("10 to 15, syllables", [&] { return make.syllables(10, 15, 4); });
    add(
        "four letters before words", [&] { return make.text(letters, 4, 4) + make.word() + make.word(); },
        true);
    add(
        "two letters of words changed", [&] { return make.some_letters_changed(2); }, true);
    add(
        "two words", [&] { return make.word() + make.word(); }, true);
    return all;
}

std::vector<std::string> data_lines(const std::string& file) {
    std::ifstream in(std::string(ENRICHD_TEST_DATA) + "/" + file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (!line.starts_with('#')) lines.push_back(line);
    if (lines.empty()) throw std::runtime_error(file + " has no lines");
    return lines;
}

double share_above(const std::vector<int>& scores, int limit) {
    const auto above =
        std::count_if(scores.begin(), scores.end(), [limit](int score) { return score > limit; });
    return static_cast<double>(above) / static_cast<double>(scores.size());
}

}  // namespace enrichd::test
