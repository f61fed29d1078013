#include "stages/domain_stats/embedded/frequency_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "support/temp_dir.hpp"

namespace enrichd::test::frequency_table_test {
namespace {

using nlohmann::json;

FrequencyTable table(const json& source) {
    return FrequencyTable::parse(source.dump()).value();
}

/// The pairs of ggpht.com with their counts in the table that comes with Domain Stats (freqtable2018), and
/// what else begins with the same characters: N and I of each.
json pairs_of_ggpht() {
    struct Row {
        const char* first;
        std::vector<std::pair<const char*, int>> pairs;
        int all;      // N
        int ignored;  // I
    };
    const std::vector<Row> rows{
        {"g", {{"g", 3672}, {"p", 22}}, 265'355, 2062}, {"p", {{"h", 4386}}, 223'489, 712},
        {"t", {{".", 15'144}}, 1'193'401, 4658},        {"c", {{"o", 62'714}}, 324'546, 166},
        {"h", {{"t", 23'746}}, 832'486, 2210},          {".", {{"c", 44}}, 109'167, 647},
        {"o", {{"m", 51'546}}, 952'373, 1662}};
    json out = json::array();
    for (const Row& row : rows) {
        json pairs = json::array();
        int rest = row.all - row.ignored;
        for (const auto& [second, count] : row.pairs) {
            pairs.push_back({second, count});
            rest -= count;
        }
        if (row.ignored > 0) pairs.push_back({"-", row.ignored});
        pairs.push_back({"'", rest});
        out.push_back({row.first, pairs});
    }
    return {true, "\n\t~`!@#$%^&*()_+-", out};
}

TEST(FrequencyTable, ScoresTheWorkedExampleOfTheOriginalToFourDecimals) {
    EXPECT_EQ(table(pairs_of_ggpht()).score("ggpht.com"), (FrequencyScores{4.0377, 3.871}));
}

/// The definition, word by word, over the file as it is.
FrequencyScores by_definition(const json& source, std::string text) {
    const bool fold = source[0].get<bool>();
    const auto ignored_text = source[1].get<std::string>();
    const auto folded = [fold](char c) {
        return fold && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    std::map<std::pair<char, char>, double> counts;
    for (const json& row : source[2])
        for (const json& pair : row[1])
            counts[{folded(row[0].get<std::string>()[0]), folded(pair[0].get<std::string>()[0])}] +=
                pair[1].get<double>();
    const auto ignored = [&](char c) { return ignored_text.find(c) != std::string::npos; };
    for (char& c : text) c = folded(c);
    double sum = 0;
    double all_counts = 0;
    double all_begun = 0;
    int pairs = 0;
    for (const std::size_t start : {0U, 1U}) {
        for (std::size_t i = start; i + 1 < text.size(); i += 2) {
            if (ignored(text[i]) && ignored(text[i + 1])) continue;
            double begun = 0;
            double ends_ignored = 0;
            for (const auto& [pair, count] : counts) {
                if (pair.first != text[i]) continue;
                begun += count;
                if (ignored(pair.second)) ends_ignored += count;
            }
            const auto found = counts.find({text[i], text[i + 1]});
            const double count = found == counts.end() ? 0 : found->second;
            ++pairs;
            if (begun > ends_ignored) sum += count / (begun - ends_ignored);
            all_counts += count;
            all_begun += begun;
        }
    }
    const auto rounded = [](double score) {
        std::ostringstream out;
        out.precision(4);
        out << std::fixed << score;
        return std::stod(out.str());
    };
    return {pairs > 0 ? rounded(sum / pairs * 100) : 0,
            all_counts > 0 ? rounded(all_counts / all_begun * 100) : 0};
}

TEST(FrequencyTable, ScoresAnyTableAsTheDefinitionSays) {
    std::mt19937 random(7);
    const std::string alphabet = "abcABC01.-_";
    const auto any = [&] { return std::string(1, alphabet[random() % alphabet.size()]); };
    for (int round = 0; round < 300; ++round) {
        json rows = json::array();
        std::map<std::string, std::map<std::string, int>> pairs;
        for (int i = 0; i < 25; ++i) pairs[any()][any()] = static_cast<int>(random() % 1000) + 1;
        for (const auto& [first, seconds] : pairs) {
            json row = json::array();
            for (const auto& [second, count] : seconds) row.push_back({second, count});
            rows.push_back({first, row});
        }
        const json source{random() % 2 == 0, random() % 2 == 0 ? "-_" : "", rows};
        const FrequencyTable made = table(source);
        for (int i = 0; i < 20; ++i) {
            std::string text;
            for (auto length = random() % 12; length > 0; --length) text += any();
            EXPECT_EQ(made.score(text), by_definition(source, text)) << text << " " << source;
        }
    }
}

TEST(FrequencyTable, SkipsOnlyPairsOfTwoIgnoredCharacters) {
    const FrequencyTable made =
        FrequencyTable::parse(R"([true,"-",[["-",[["a",1],["-",3]]],["a",[["-",1],["a",1]]]]])").value();
    EXPECT_EQ(made.score("--"), (FrequencyScores{0, 0}));
    // "-a": 1/(4-3); word 1/4. "a-": 1/(2-1), more than a probability; word 1/2.
    EXPECT_EQ(made.score("-a"), (FrequencyScores{100, 25}));
    EXPECT_EQ(made.score("a-"), (FrequencyScores{100, 50}));
    EXPECT_EQ(made.score("--a"), (FrequencyScores{100, 25}));
}

TEST(FrequencyTable, FoldsCaseWhenTheFileSaysSo) {
    const json rows = json::parse(R"([["A",[["b",1]]],["a",[["B",1],["c",2]]]])");
    EXPECT_EQ(table({true, "", rows}).score("AB"), (FrequencyScores{50, 50}));
    EXPECT_EQ(table({false, "", rows}).score("Ab"), (FrequencyScores{100, 100}));
    EXPECT_EQ(table({false, "", rows}).score("ab"), (FrequencyScores{0, 0}));
}

TEST(FrequencyTable, KnowsNothingOfTooLittle) {
    for (const char* text : {"", "a", "-", "--", "~~", "\xff\xfe"})
        EXPECT_EQ(FrequencyTable::built_in().score(text), (FrequencyScores{0, 0})) << text;
}

TEST(FrequencyTable, CountsCharactersBeyondAsciiInTheirRow) {
    EXPECT_EQ(FrequencyTable::parse("[true,\"\",[[\"a\",[[\"b\",1],[\"\\u00e9\",3]]]]]")->score("ab"),
              (FrequencyScores{25, 25}));
}

TEST(FrequencyTable, RefusesWhatIsNoTable) {
    EXPECT_EQ(FrequencyTable::parse("").error(), errc::table_not_json);
    EXPECT_EQ(FrequencyTable::parse("[true,").error(), errc::table_not_json);
    EXPECT_EQ(FrequencyTable::parse(std::string(100'000, '[')).error(), errc::table_not_json);
    for (const char* text :
         {"{}", "[]", "[true,\"\"]", "[1,\"\",[]]", "[true,1,[]]", "[true,\"\",{}]", "[true,\"\",[1]]",
          R"([true,"",[["ab",[]]]])", R"([true,"",[["",[]]]])", R"([true,"",[["a",{}]]])",
          R"([true,"",[["a",[["b",-1]]]]])", R"([true,"",[["a",[["b",1.5]]]]])",
          R"([true,"",[["a",[["b","1"]]]]])", R"([true,"",[["a",[["b",18446744073709551615]]]]])",
          R"([true,"",[["a",[["b",1,2]]]]])"})
        EXPECT_EQ(FrequencyTable::parse(text).error(), errc::table_wrong_shape) << text;
    EXPECT_EQ(FrequencyTable::load("/nowhere").error(), boost::system::errc::no_such_file_or_directory);
}

TEST(FrequencyTable, IsReadFromAFile) {
    const TempDir dir;
    write_file(dir / "a.freq", pairs_of_ggpht().dump());
    EXPECT_EQ(FrequencyTable::load(dir / "a.freq")->score("ggpht.com").average, 4.0377);
}

/// Below one of the thresholds of the original.
bool flagged(const FrequencyTable& table, const std::string& name) {
    const FrequencyScores scores = table.score(name);
    return scores.average < 5 || scores.word < 4;
}

double share_flagged(const std::vector<std::string>& names) {
    const FrequencyTable table = FrequencyTable::built_in();
    const auto count = std::count_if(names.begin(), names.end(),
                                     [&](const std::string& name) { return flagged(table, name); });
    return static_cast<double>(count) / static_cast<double>(names.size());
}

/// As families of malware make them: random letters, letters and digits, hexadecimal digits.
std::vector<std::string> random_names() {
    const std::string letters = "abcdefghijklmnopqrstuvwxyz";
    struct Kind {
        std::string alphabet;
        unsigned least;
        unsigned most;
    };
    const std::vector<Kind> kinds{
        {letters, 8, 16}, {letters, 12, 24}, {letters + "0123456789", 8, 20}, {"0123456789abcdef", 16, 16}};
    const std::vector<std::string> suffixes{"com", "net", "org", "info", "biz", "ru", "top", "xyz"};
    std::mt19937 random(2026);
    std::vector<std::string> names;
    while (names.size() < 1'000) {
        const Kind& kind = kinds[names.size() % kinds.size()];
        std::string name;
        for (auto length = kind.least + random() % (kind.most - kind.least + 1); length > 0; --length)
            name += kind.alphabet[random() % kind.alphabet.size()];
        names.push_back(name + "." + suffixes[random() % suffixes.size()]);
    }
    return names;
}

std::vector<std::string> well_known_names() {
    std::istringstream in(read_file(std::filesystem::path(ENRICHD_TEST_DATA) / "well_known_domains.txt"));
    std::vector<std::string> names;
    for (std::string line; std::getline(in, line);)
        if (!line.starts_with('#')) names.push_back(line);
    return names;
}

TEST(BuiltInFrequencyTable, TellsRandomNamesFromWellKnownOnes) {
    const auto random = random_names();
    const auto known = well_known_names();
    ASSERT_EQ(random.size(), 1'000U);
    ASSERT_EQ(known.size(), 1'000U);
    RecordProperty("random_flagged", std::to_string(share_flagged(random)));
    RecordProperty("known_flagged", std::to_string(share_flagged(known)));
    EXPECT_GE(share_flagged(random), 0.95);
    EXPECT_LE(share_flagged(known), 0.05);
}

}  // namespace
}  // namespace enrichd::test::frequency_table_test
