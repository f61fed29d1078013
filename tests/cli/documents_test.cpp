#include "cli/documents.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/temp_dir.hpp"

namespace enrichd::test::documents_test {
namespace {

const std::string cases = std::string(ENRICHD_TEST_DATA) + "/cases/replay/";

/// How many of the documents are alerts with a name, and how many are none.
std::pair<int, int> read(const std::string& file) {
    Documents documents(file);
    EXPECT_TRUE(documents.open()) << file;
    std::pair<int, int> out;
    for (std::string one; documents.next(one);) {
        const auto alert = nlohmann::json::parse(one, nullptr, false);
        const auto name = nlohmann::json::json_pointer("/data/win/eventdata/queryName");
        (alert.is_object() && alert.contains(name) ? out.first : out.second)++;
    }
    return out;
}

std::pair<int, int> read_text(const std::string& text) {
    const TempDir dir;
    write_file(dir / "alerts", text);
    return read(dir / "alerts");
}

using Found = std::pair<int, int>;

TEST(Documents, AreFoundHoweverTheFileIsWritten) {
    const std::vector<std::pair<const char*, Found>> table{
        {"r1-plain", {3, 0}},
        {"r2-crlf-bom", {2, 0}},
        {"r3-nonewline-blank-lines", {2, 0}},
        {"r4-garbage-between", {2, 2}},
        {"r5-gz", {1, 0}},
        {"r6-array", {2, 0}},
        {"r7-hits", {1, 0}},
        {"r8-_source-lines", {1, 0}},
        {"r9-empty", {0, 0}},
        {"ra-nul-tail", {1, 0}},
        {"rb-cut-tail", {1, 1}},
        {"rd-pretty", {1, 0}},
    };
    for (const auto& [file, expected] : table) EXPECT_EQ(read(cases + file), expected) << file;
}

const std::string alert = R"({"id":"1","data":{"win":{"eventdata":{"queryName":"a{b}\"}.com"}}}})";

TEST(Documents, OfOtherShapesAreFoundToo) {
    EXPECT_EQ(read_text("[" + alert + "," + alert + "]"), Found(2, 0)) << "an array in one line";
    EXPECT_EQ(read_text(alert + alert), Found(2, 0)) << "one behind another";
    const std::string pretty = nlohmann::json::parse(alert).dump(2);
    EXPECT_EQ(read_text("[\n" + pretty + ",\n" + pretty + "\n]\n"), Found(2, 0))
        << "an array, pretty-printed";
    EXPECT_EQ(read_text(alert.substr(0, 40) + "\n" + alert + "\n"), Found(1, 1))
        << "one that was cut, then a whole one";
    EXPECT_EQ(read_text(R"({"hits":{"hits":[]}})"), Found(0, 1));
    EXPECT_EQ(read_text(R"({"index":{}})"
                        "\n" +
                        alert + "\n"),
              Found(1, 1))
        << "as for _bulk";
}

TEST(Documents, OfAnExportOfManyHitsAreEachAnAlert) {
    nlohmann::json hits = nlohmann::json::array();
    for (int i = 0; i < 500; ++i) hits.push_back({{"_id", i}, {"_source", nlohmann::json::parse(alert)}});
    EXPECT_EQ(read_text(nlohmann::json{{"hits", {{"total", 500}, {"hits", hits}}}}.dump(4)), Found(500, 0));
}

TEST(Documents, APrettyPrintedOneBecomesALine) {
    const TempDir dir;
    write_file(dir / "alerts", nlohmann::json::parse(alert).dump(2));
    Documents documents(dir / "alerts");
    std::string one;
    ASSERT_TRUE(documents.next(one));
    EXPECT_EQ(one.find('\n'), std::string::npos);
}

TEST(Documents, ADamagedGzipIsNoEndOfTheFile) {
    const TempDir dir;
    const std::string whole = read_file(cases + "r5-gz");
    write_file(dir / "cut", whole.substr(0, whole.size() / 2));
    Documents documents(dir / "cut");
    for (std::string one; documents.next(one);) {
    }
    EXPECT_TRUE(documents.failed());
    EXPECT_FALSE(Documents(dir.path()).open()) << "a directory";
    EXPECT_FALSE(Documents(dir / "none").open());
}

}  // namespace
}  // namespace enrichd::test::documents_test
