#include "model/json_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace enrichd::test::json_text_test {
namespace {

template <class Value>
std::string json_of(const Value& value) {
    std::string out;
    append_json(out, value);
    return out;
}

TEST(JsonText, IsWhatTheLibraryWrites) {
    std::string all;
    for (int c = 0; c < 0x80; ++c) all.push_back(static_cast<char>(c));
    for (const std::string& text :
         {std::string(), std::string("www.x.com"), all, std::string("\xc3\xa4\xf0\x9f\x90\xb1")})
        EXPECT_EQ(json_of(std::string_view(text)), nlohmann::json(text).dump());
}

TEST(JsonText, IsValidUtf8WhateverComesIn) {
    EXPECT_EQ(json_of(std::string_view("a\xff")), "\"a\xef\xbf\xbd\"");
    EXPECT_EQ(json_of(std::string_view("\xed\xa0\x80\"")), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\\"\"");
}

TEST(JsonText, NumbersAreReadBackAsTheyWere) {
    for (const double number :
         {0.0, -1.0, 5.4865, 100.0, 0.1, 1e-9, 1e300, std::numeric_limits<double>::denorm_min()})
        EXPECT_EQ(nlohmann::json::parse(json_of(number)).get<double>(), number) << json_of(number);
    EXPECT_EQ(json_of(100.0), "100.0");
    EXPECT_EQ(json_of(5.101), "5.101");
}

}  // namespace
}  // namespace enrichd::test::json_text_test
