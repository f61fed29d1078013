#include "model/name_text.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::name_text_test {
namespace {

TEST(NameInField, HasNoBlanksAroundIt) {
    EXPECT_EQ(name_in_field(" \t x.com\r\n"), "x.com");
    for (const char* name : {".x.com", "..x.com", " .x.com", "\t.x.com"})
        EXPECT_EQ(name_in_field(name), "x.com") << "a label of blanks alone hides nothing";
    EXPECT_EQ(name_in_field(std::string_view("x.com\0\0", 7)), "x.com");
}

TEST(NameInField, IsNothingWhereALogHasNone) {
    for (const char* text : {"", " ", "-", " - ", "N/A", "n/a\n", "\r\n"})
        EXPECT_FALSE(name_in_field(text)) << text;
    EXPECT_EQ(name_in_field("."), ".");
}

TEST(NameInField, IsReadFromTheDebugLogOfWindowsDns) {
    EXPECT_EQ(name_in_field("(3)www(9)dns-debug(3)com(0)"), "www.dns-debug.com");
    for (const char* text : {"(3)www", "(3)www(0)x", "(99)www(0)", "(x)www(0)", "(0)", "(3)(0)", "(3)www(9"})
        EXPECT_EQ(name_in_field(text), text);
}

TEST(NameInField, KeepsTheEndOfALongOne) {
    const std::string name = *name_in_field(std::string(5'000, 'a') + ".new-evil.com");
    EXPECT_EQ(name.size(), 1'024U);
    EXPECT_TRUE(name.ends_with("a.new-evil.com"));
}

TEST(AsciiName, IsConvertedLabelByLabelWhenTheWholeCannotBe) {
    const AsciiName name = to_ascii_name(
        "\xe2\x80\xae\xe3\x80\x82"
        "b\xc3\xbc"
        "cher\xef\xbc\x8e"
        "de");
    EXPECT_EQ(name.text, R"(\226\128\174.xn--bcher-kva.de)");
    EXPECT_FALSE(name.proper);
    EXPECT_TRUE(to_ascii_name("b\xc3\xbc"
                              "cher.de")
                    .proper);
}

TEST(AsciiName, HasSymbolsAsSomeRegistriesSellThem) {
    EXPECT_EQ(to_ascii_name("\xf0\x9f\x92\xa9.la").text, "xn--ls8h.la");
    EXPECT_EQ(to_ascii_name("\xe2\x9d\xa4\xef\xb8\x8f.ws").text, "xn--qei.ws");
    EXPECT_EQ(to_ascii_name("I\xe2\x9d\xa4"
                            "you.ws")
                  .text,
              "xn--iyou-lw4b.ws");
}

}  // namespace
}  // namespace enrichd::test::name_text_test
