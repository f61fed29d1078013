// What stands in a line that a crash has damaged.
#include "sources/files/line_taker.hpp"

#include "sources/files/followed_fixture.hpp"

namespace enrichd::test::line_taker_test {
namespace {

class LineTakerTest : public FollowedFixture {
  protected:
    /// What became of the lines of a text, which is a file.
    const Counters& take(const std::string& text) {
        append(text);
        start();
        wait_for_end();
        return file().results();
    }
    static std::string without_end(const std::string& line) { return line.substr(0, line.size() - 1); }
};

TEST_F(LineTakerTest, OfATornLineAndTheNextDocumentTheSecondIsTaken) {
    std::string text;
    for (const int cut : {30, 200, 700}) text += line(0).substr(0, static_cast<std::size_t>(cut)) + line(cut);
    const Counters& results = take(text);
    EXPECT_EQ(reported(), (std::vector<int>{30, 200, 700}));
    EXPECT_EQ(results["torn"], 3U);
    EXPECT_EQ(results["taken"], 3U);
}

TEST_F(LineTakerTest, OfTwoDocumentsInOneLineBothAreTaken) {
    const Counters& results = take(without_end(line(1)) + without_end(line(2)) + line(3));
    EXPECT_EQ(reported(), (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(results["taken"], 3U);
    EXPECT_EQ(results["torn"], 0U);
}

TEST_F(LineTakerTest, BehindATornBeginningAllDocumentsAreTaken) {
    const Counters& results = take("half" + without_end(line(1)) + std::string(3, '\0') + line(2));
    EXPECT_EQ(reported(), (std::vector<int>{1, 2}));
    EXPECT_EQ(results["taken"], 2U);
    EXPECT_EQ(results["torn"], 1U);
}

TEST_F(LineTakerTest, OfManyDocumentsInOneLineAllAreTaken) {
    std::string text;
    for (int id = 0; id < 70; ++id)
        text += without_end(line(id)) + std::string(static_cast<std::size_t>(id % 3), '\0');
    take(text + "\n");
    EXPECT_EQ(reported(), ids(0, 70));
}

TEST_F(LineTakerTest, AHoleInTheFileIsNoLine) {
    append(line(0));
    std::filesystem::resize_file(name(), 3'000'000);
    const Counters& results = take(line(1) + line(2));
    EXPECT_EQ(reported(), ids(0, 3));
    EXPECT_EQ(results["too_long"], 0U);
}

TEST_F(LineTakerTest, ATextThatLooksLikeAnEndIsNone) {
    nlohmann::json alert = nlohmann::json::parse(line(1));
    alert["full_log"] = "}{";
    alert["other"] = R"(}{"timestamp":")";
    alert["third"] = "} {";
    EXPECT_EQ(take(alert.dump() + "\n")["taken"], 1U);
    EXPECT_EQ(reported(), ids(1, 2));
}

TEST_F(LineTakerTest, AnAlertWithinAnAlertIsNoSecondOne) {
    nlohmann::json alert = nlohmann::json::parse(line(1));
    alert["data"]["timestamp"] = "2026-11-29";
    alert["data"]["inner"] = {{"timestamp", "2026-11-29"}, {"id", "7"}};
    EXPECT_EQ(take(alert.dump() + "\n")["taken"], 1U);
}

TEST_F(LineTakerTest, NulsBlanksAndCarriageReturnsAroundADocumentAreNothing) {
    const std::string nuls(5'000, '\0');
    const Counters& results = take(nuls + line(1) + "\n\r\n  \t\n" + without_end(line(2)) + "\r\n" + nuls +
                                   "\n" + "\xef\xbb\xbf" + line(3));
    EXPECT_EQ(reported(), ids(1, 4));
    EXPECT_EQ(results.total(), 3U);
}

TEST_F(LineTakerTest, WhatIsTooLongIsCountedAndTheNextLineTaken) {
    const Counters& results = take(std::string(10'000'000, 'x') + "\n" + line(1) +
                                   std::string(WIRE_MAX_ALERT + 1, 'y') + "\n" + line(2));
    EXPECT_EQ(reported(), ids(1, 3));
    EXPECT_EQ(results["too_long"], 2U);
}

TEST_F(LineTakerTest, CountsWhatItLeavesOut) {
    nlohmann::json number = nlohmann::json::parse(line(1));
    number["data"]["win"]["eventdata"]["queryName"] = 5;
    nlohmann::json nameless = nlohmann::json::parse(line(1));
    nameless["data"]["win"]["eventdata"].erase("queryName");
    nameless["data"]["other"]["queryName"] = "x.com";
    const Counters& results = take("{\"rule\":{}}\n" + nameless.dump() + "\n" + number.dump() +
                                   "\nno json \"queryName\":\n" + "caf\xe9 \"queryName\":\n");
    EXPECT_EQ(results["no_name"], 2U);
    EXPECT_EQ(results["name_not_text"], 1U);
    EXPECT_EQ(results["torn"], 2U);
    EXPECT_TRUE(sink_.events.empty());
    EXPECT_EQ(files_->counts().rejected["name_missing"], 0U) << "most of a file is no alert for us";
}

TEST_F(LineTakerTest, OurOwnEventsAreInWazuhsFileAndNoRejectedAlerts) {
    AlertReaderOptions options;
    options.own.push_back({"dnsstat", "Domain Stats"});
    submit_.configure(options);
    nlohmann::json own = nlohmann::json::parse(line(1));
    own["data"]["integration"] = "dnsstat";
    EXPECT_EQ(take(own.dump() + "\n" + line(2))["own_event"], 1U);
    EXPECT_EQ(reported(), ids(2, 3));
    EXPECT_EQ(files_->counts().rejected.total(), 0U) << "it would be an alarm";
}

TEST_F(LineTakerTest, BytesThatAreNoUtf8AreRepaired) {
    std::string text = line(1);
    text.insert(text.find("\"rule\""), "\"odd\":\"\xff\xfe\",");
    EXPECT_EQ(take(text)["taken"], 1U);
}

TEST_F(LineTakerTest, ALineFullOfBeginningsEnds) {
    std::string text;
    while (text.size() < 120'000) text += R"({"timestamp":"a","queryName":["b",)";
    const Counters& results = take(text + "\n" + line(1));
    EXPECT_EQ(reported(), ids(1, 2));
    EXPECT_LE(results["torn"], 65U);
}

}  // namespace
}  // namespace enrichd::test::line_taker_test
