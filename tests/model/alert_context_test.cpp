#include "model/alert_context.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace enrichd::test::alert_context_test {
namespace {

using nlohmann::json;

std::string one(ContextField field, const std::string& text, bool escaped_twice = false) {
    ContextTexts texts;
    texts.add({field, 0, 0, escaped_twice}, text);
    return texts.json(1);
}

json answers(const std::string& text, bool escaped_twice = true) {
    const std::string context = one(ContextField::answers, text, escaped_twice);
    return context.empty() ? json::array() : json::parse(context)["answers"];
}

TEST(AlertContext, IsAnObjectInAFixedOrder) {
    ContextTexts texts;
    texts.add({ContextField::client}, "192.0.2.9");
    texts.add({ContextField::answers}, "a.example.net");
    texts.add({ContextField::answers}, "192.0.2.7");
    texts.add({ContextField::query_status}, "0");
    texts.add({ContextField::user}, "jane");
    texts.add({ContextField::process}, "/opt/agent/updater");
    texts.add({ContextField::time}, "2026-11-24T05:12:39.783+0000");
    texts.add({ContextField::level}, "3");
    texts.add({ContextField::rule}, "100500");
    EXPECT_EQ(
        texts.json(1),
        R"({"rule":"100500","level":3,"time":"2026-11-24T05:12:39.783+0000","process":"/opt/agent/updater",)"
        R"("user":"jane","query_status":"0","answers":["a.example.net","192.0.2.7"],"client":"192.0.2.9"})");
}

TEST(AlertContext, IsEmptyWithoutValues) {
    EXPECT_EQ(ContextTexts().json(1), "");
    for (const char* none : {"", " ", "-", " - ", "N/A", "(empty)", "(NULL)"})
        EXPECT_EQ(one(ContextField::user, none), "") << none;
}

TEST(AlertContext, TheSmallestPreferenceCountsAndOfOnePlaceTheFirst) {
    ContextTexts texts;
    texts.add({ContextField::client, 0, 2}, "c");
    texts.add({ContextField::client, 0, 1}, "b");
    texts.add({ContextField::client, 0, 1}, "b2");
    texts.add({ContextField::client, 0, 3}, "d");
    texts.add({ContextField::client, 0, 0}, "-");
    texts.add({ContextField::answers, 0, 2}, "other");
    texts.add({ContextField::answers, 0, 1}, "x");
    texts.add({ContextField::answers, 0, 1}, "y");
    texts.add({ContextField::answers, 0, 2}, "other");
    EXPECT_EQ(texts.json(1), R"({"answers":["x","y"],"client":"b"})");
}

TEST(AlertContext, ATextOnAConditionCountsWhenItHolds) {
    ContextTexts texts;
    texts.add({ContextField::client, 1, 0}, "preferred");
    texts.add({ContextField::client, 0, 1}, "else");
    EXPECT_EQ(texts.json(1), R"({"client":"else"})");
    EXPECT_EQ(texts.json(3), R"({"client":"preferred"})");
}

TEST(AlertContext, HasTheLevelAsANumber) {
    EXPECT_EQ(one(ContextField::level, "012"), R"({"level":12})");
    for (const char* odd : {"3.0", "-1", "x", "1e3", "99999"})
        EXPECT_EQ(one(ContextField::level, odd), "") << odd;
}

TEST(AlertContext, ShowsThePathsOfWindowsAsAnalystsExpect) {
    EXPECT_EQ(one(ContextField::process, R"(C:\\Program Files\\x.exe)", true),
              R"({"process":"C:\\Program Files\\x.exe"})");
    EXPECT_EQ(one(ContextField::process, R"(\\\\server\\share\\x.exe)", true),
              R"({"process":"\\\\server\\share\\x.exe"})");
    EXPECT_EQ(one(ContextField::process, R"(C:\\a \"b\".exe)", true), R"({"process":"C:\\a \"b\".exe"})");
    for (const char* once : {R"(C:\temp\new.exe)", R"(\\server\share\x.exe)", R"(C:\\x\)"})
        EXPECT_EQ(json::parse(one(ContextField::process, once, true))["process"], once)
            << "it was not escaped twice";
    EXPECT_EQ(json::parse(one(ContextField::process, R"(\\server)", false))["process"], R"(\\server)");
}

TEST(AlertContext, TakesTheAnswersOfWindowsApart) {
    EXPECT_EQ(
        answers("type:  5 a1834.example.net;192.0.2.40;::ffff:192.0.2.42;::FFFF:192.0.2.43;2001:db8::1;"),
        json({"a1834.example.net", "192.0.2.40", "192.0.2.42", "192.0.2.43", "2001:db8::1"}));
    EXPECT_EQ(answers("::ffff:c000:22a;::ffff:;type:;type: 5;;;x"),
              json({"::ffff:c000:22a", "::ffff:", "x"}));
    EXPECT_EQ(answers("v=spf1; include:x", false), json({"v=spf1; include:x"})) << "a text of its own";
    EXPECT_EQ(answers(";;;"), json::array());
}

TEST(AlertContext, HasAtMostEightAnswersOfAtMost512Bytes) {
    std::string many;
    for (int i = 0; i < 12; ++i) many += std::string(600, static_cast<char>('a' + i)) + ";";
    const json said = answers(many);
    ASSERT_EQ(said.size(), 8U);
    for (const json& answer : said) EXPECT_EQ(answer.get<std::string>().size(), 512U);
    const json cut = json::parse(one(ContextField::user, std::string(511, 'a') + "\xc3\xbc"));
    EXPECT_EQ(cut["user"], std::string(511, 'a')) << "no half of a character";
    EXPECT_EQ(json::parse(one(ContextField::process, std::string(700, '\\') + "x", true))["process"],
              std::string(350, '\\') + "x");
}

TEST(AlertContext, IsBoundedWhateverItsTextsAre) {
    for (const std::string& text :
         {std::string(20'000, '\x01'), std::string(20'000, '\\'), std::string(513, '"')}) {
        ContextTexts texts;
        for (std::size_t field = 0; field < context_field_count; ++field)
            for (std::size_t preference = 9; preference-- > 0;)
                texts.add({static_cast<ContextField>(field), preference % 3, preference, true}, text);
        const std::string context = texts.json(7);
        EXPECT_LE(context.size(), max_context_bytes);
        EXPECT_TRUE(json::accept(context));
        EXPECT_TRUE(json::parse(context).contains("process"));
    }
}

TEST(AlertContext, ThatSomebodyElseWroteIsMadeSound) {
    const std::string good =
        R"({"rule":"1","level":3,"time":"t","process":"C:\\x","user":"u","query_status":"0","answers":["a","b"],"client":"c"})";
    EXPECT_EQ(sound_context(good), good);
    EXPECT_EQ(
        sound_context(
            R"({"level":"x","process":[1],"user":{"a":1},"answers":"a","client":7,"more":"x","rule":"1"})"),
        R"({"rule":"1"})");
    EXPECT_EQ(sound_context(R"({"answers":["a",7,{"b":1},"c"]})"), R"({"answers":["a","c"]})");
    for (const std::string& bad :
         {std::string(), std::string("{"), std::string("[]"), std::string("17"), std::string("{}"),
          std::string("{\"user\":\"\xff\"}"), std::string("{\"user\":\"a\"}\0x", 14),
          "{\"user\":\"" + std::string(max_context_bytes, 'a') + "\"}", std::string(5'000, '[')})
        EXPECT_EQ(sound_context(bad), "") << bad.substr(0, 40);
    EXPECT_EQ(sound_context(R"({"user":"\u0000\u001b"})"), R"({"user":"\u0000\u001b"})")
        << "as JSON writes it";
}

TEST(AlertContext, IsShortenedStepByStep) {
    std::string context = R"({"process":")" + std::string(500, 'p') + R"(","answers":["a","b"]})";
    ASSERT_TRUE(shorten_context(context));
    EXPECT_EQ(json::parse(context)["answers"], json({"a"}));
    ASSERT_TRUE(shorten_context(context));
    EXPECT_FALSE(json::parse(context).contains("answers"));
    ASSERT_TRUE(shorten_context(context));
    EXPECT_EQ(json::parse(context)["process"], std::string(128, 'p'));
    EXPECT_FALSE(shorten_context(context));
    context = R"({"answers":["a"]})";
    ASSERT_TRUE(shorten_context(context));
    EXPECT_EQ(context, "");
    EXPECT_FALSE(shorten_context(context));
}

}  // namespace
}  // namespace enrichd::test::alert_context_test
