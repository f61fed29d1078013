#include "model/json_fields.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace enrichd::test::json_fields_test {
namespace {

using nlohmann::json;

TEST(ParseJson, KeepsWhatIsWantedAtItsDepth) {
    JsonBounds bounds;
    bounds.wanted = [](std::string_view key, int depth) { return key == "a" || (key == "b" && depth == 2); };
    json out;
    EXPECT_FALSE(parse_json(R"({"a":{"b":1,"c":2},"b":{"a":3},"a2":[[{}]]})", bounds, out));
    EXPECT_EQ(out.dump(), R"({"a":{"b":1}})");
}

TEST(ParseJson, IsBoundedInDepthAndInWhatItKeeps) {
    json out;
    EXPECT_EQ(parse_json(std::string(100'000, '['), {}, out), errc::body_not_json);
    EXPECT_EQ(parse_json("[[[[[[[[[1]]]]]]]]]", {}, out), errc::body_not_json);
    JsonBounds ten;
    ten.values = 10;
    EXPECT_EQ(parse_json("[1,2,3,4,5,6,7,8,9,10]", ten, out), errc::body_too_large);
    EXPECT_FALSE(parse_json("[1,2,3,4,5,6,7,8,9]", ten, out));
}

TEST(ParseJson, CountsNothingOfWhatIsNotWanted) {
    JsonBounds bounds{3, 5, [](std::string_view key, int) { return key != "x"; }};
    json out;
    const std::string deep = std::string(60, '[') + std::string(60, ']');
    EXPECT_FALSE(parse_json("{\"x\":" + deep + ",\"a\":[{\"x\":[1,2,3,4,5,6]},{\"x\":{\"a\":1},\"b\":7}]}",
                            bounds, out));
    EXPECT_EQ(out.dump(), R"({"a":[{},{"b":7}]})");
    EXPECT_EQ(parse_json("{\"x\":" + std::string(100'000, '['), bounds, out), errc::body_not_json);
    EXPECT_EQ(parse_json("{\"a\":" + deep + "}", bounds, out), errc::body_not_json);
}

TEST(ParseJson, ReadsTheNumbersOfPythonThatAreNone) {
    json out;
    EXPECT_FALSE(parse_json(R"({"a":[NaN,-Infinity,Infinity,5.0],"NaN":"a \" NaN, Infinity"})", {}, out));
    EXPECT_EQ(out.dump(), R"({"NaN":"a \" NaN, Infinity","a":[null,null,null,5.0]})");
    EXPECT_EQ(parse_json("nan", {}, out), errc::body_not_json);
}

TEST(ParseJson, EndsAtNoNul) {
    json out;
    EXPECT_EQ(parse_json(std::string_view("{}\0", 3), {}, out), errc::body_not_json);
    EXPECT_EQ(parse_json(std::string_view("{}\0x", 4), {}, out), errc::body_not_json);
}

TEST(ParseJson, MendsBytesAndEscapesThatAreNoCharacters) {
    json out;
    EXPECT_FALSE(parse_json("{\"a\":\"\xfc \\ud800 \\ud83d\\ude00 \\\\ud800\"}", {}, out));
    EXPECT_EQ(out["a"], "\xef\xbf\xbd \xef\xbf\xbd \xf0\x9f\x98\x80 \\ud800");
    for (const char* text : {"", "{", "{\"a\":\\ud800}", "[1,]", "{} x"})
        EXPECT_EQ(parse_json(text, {}, out), errc::body_not_json) << text;
}

TEST(JsonFields, AreTextsWhateverTheirType) {
    const json object = {{"text", "abc"}, {"number", 7}, {"null", nullptr}, {"list", {1, 2}}};
    EXPECT_EQ(text_at(object, "text", 2), "ab");
    EXPECT_EQ(text_at(object, "number", 9), "7");
    EXPECT_EQ(text_at(object, "null", 9), "");
    EXPECT_EQ(text_at(object, "list", 9), "[1,2]");
    EXPECT_EQ(text_at(object, "absent", 9), "");
    EXPECT_EQ(text_at(json("no object"), "text", 9), "");
    EXPECT_EQ(list_at(object, "list").size(), 2U);
    EXPECT_TRUE(list_at(object, "text").empty());
    EXPECT_TRUE(list_at(json(), "list").empty());
}

}  // namespace
}  // namespace enrichd::test::json_fields_test
