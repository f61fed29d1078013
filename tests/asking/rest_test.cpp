#include "asking/rest.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::rest_test {
namespace {

TEST(PercentEncoding, LeavesOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encoded("a-Z0._~"), "a-Z0._~");
    EXPECT_EQ(percent_encoded("/?#%\r\n \x7f"), "%2F%3F%23%25%0D%0A%20%7F");
    EXPECT_EQ(percent_encoded("\xfc"), "%FC");
}

TEST(DeclaresJson, LooksAtTheTypeAloneInAnyCase) {
    for (const char* type : {"application/json", "Application/JSON", "application/json ; charset=utf-8"})
        EXPECT_TRUE(declares_json({200, type, {}, {}, {}})) << type;
    for (const char* type : {"", "text/html", "application/jsonx", "text/json"})
        EXPECT_FALSE(declares_json({200, type, {}, {}, {}})) << type;
}

}  // namespace
}  // namespace enrichd::test::rest_test
