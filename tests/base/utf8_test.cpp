#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::utf8_test {
namespace {

TEST(Utf8, KnowsWhatIsValid) {
    for (const char* text : {"", "plain ascii, longer than eight bytes",
                             "b\xc3\xbc"
                             "cher",
                             "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(valid_utf8(text)) << text;
    for (const char* text : {"\xfc", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "12345678\xff", "\xe2\x82"})
        EXPECT_FALSE(valid_utf8(text));
}

TEST(Utf8, ReplacesEachByteThatFitsNowhere) {
    EXPECT_EQ(repaired_utf8("m\xfcller"), "m\xef\xbf\xbdller");
    EXPECT_EQ(repaired_utf8("\xff\xfe"), "\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(repaired_utf8("fine"), "fine");
    EXPECT_TRUE(valid_utf8(repaired_utf8("\xe2\x82\xe2\x82\xac\xf0\x9f")));
}

TEST(Utf8, IsNotCutWithinACharacter) {
    EXPECT_EQ(cut_utf8("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
    EXPECT_EQ(cut_utf8("a\xe2\x82\xac", 3), "a");
    EXPECT_EQ(cut_utf8("a\xe2\x82\xac", 2), "a");
    EXPECT_EQ(cut_utf8("abc", 0), "");
}

TEST(Utf8, EscapesOfHalfACharacterAreReplacedAndOthersStay) {
    EXPECT_EQ(repaired_escapes(R"("\ud800")"), R"("\ufffd")");
    EXPECT_EQ(repaired_escapes(R"("\uDC00x\udbff")"), R"("\ufffdx\ufffd")");
    EXPECT_EQ(repaired_escapes(R"("\ud83d\ude00")"), R"("\ud83d\ude00")");
    EXPECT_EQ(repaired_escapes(R"("\ud800\ud83d\ude00")"), R"("\ufffd\ud83d\ude00")");
    EXPECT_EQ(repaired_escapes(R"("\\ud800 \n \u00fc")"), R"("\\ud800 \n \u00fc")");
    for (const char* text : {"\\", "\\u", "\\ud8", "\\ud800\\", "\\ud800\\u", ""})
        EXPECT_EQ(repaired_escapes(text).size(), std::string_view(text).size());
}

}  // namespace
}  // namespace enrichd::test::utf8_test
