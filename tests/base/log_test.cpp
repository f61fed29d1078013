#include "base/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace enrichd::test::log_test {
namespace {

using namespace std::chrono_literals;

/// What one call writes to stderr.
template <class Call>
std::string written(log::Format format, Call call) {
    log::configure({log::Level::info, format});
    testing::internal::CaptureStderr();
    call();
    std::string out = testing::internal::GetCapturedStderr();
    log::configure({});
    return out;
}

TEST(Log, AHostileValueStaysOnItsLine) {
    const std::string line = written(log::Format::text, [] {
        log::warning("alert refused", {{"query", "a\r\n2026 error: forged"}, {"size", 12}});
    });
    EXPECT_TRUE(line.ends_with("warning: alert refused query=\"a\\r\\n2026 error: forged\" size=12\n"))
        << line;
}

TEST(Log, TextThatIsNotUtf8IsEscapedAndNothingThrows) {
    const std::string line = written(log::Format::text, [] { log::info("x", {{"name", "\xff\x1b[2J"}}); });
    EXPECT_TRUE(line.ends_with("name=\"\\ufffd\\u001b[2J\"\n")) << line;
}

TEST(Log, AJsonLineIsOneObject) {
    const std::string line = written(log::Format::json, [] {
        log::error("it failed", {{"why", "a \"b\""}});
    });
    const auto parsed = nlohmann::json::parse(line);
    EXPECT_EQ(parsed["level"], "error");
    EXPECT_EQ(parsed["message"], "it failed");
    EXPECT_EQ(parsed["why"], "a \"b\"");
}

TEST(Log, InJsonNumbersAreNumbersAndTheTimeIsRfc3339) {
    const std::string line = written(log::Format::json, [] {
        log::info("x", {{"size", 12}, {"least", -5}, {"port", "80"}});
    });
    const auto parsed = nlohmann::json::parse(line);
    EXPECT_EQ(parsed["size"], 12);
    EXPECT_EQ(parsed["least"], -5);
    EXPECT_EQ(parsed["port"], "80") << "a text stays one";
    const std::string time = parsed["time"];
    ASSERT_EQ(time.size(), std::string("2026-11-28T10:00:00.123Z").size()) << time;
    EXPECT_TRUE(parse_iso_date(time)) << time;
}

TEST(Log, ASentenceFromOutsideCannotSteerATerminalEither) {
    const std::string line =
        written(log::Format::text, [] { log::warning("e.yaml: a\x1b[2J\nerror: forged"); });
    EXPECT_TRUE(line.ends_with("warning: e.yaml: a\\u001b[2J\\nerror: forged\n")) << line;
}

TEST(Log, WhatIsBelowTheLevelIsNotWritten) {
    EXPECT_EQ(written(log::Format::text, [] { log::debug("quiet"); }), "");
}

TEST(LogLimit, LetsOneThroughAndSaysHowManyItKeptBack) {
    log::Limit limit(10s);
    const Clock::time_point start{};
    EXPECT_TRUE(limit.allows(start));
    EXPECT_FALSE(limit.allows(start + 1s));
    EXPECT_FALSE(limit.allows(start + 9s));
    EXPECT_TRUE(limit.allows(start + 10s));
    EXPECT_EQ(limit.kept_back(), 2U);
    EXPECT_EQ(limit.kept_back(), 0U);
}

}  // namespace
}  // namespace enrichd::test::log_test
