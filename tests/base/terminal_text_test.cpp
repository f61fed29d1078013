#include "base/terminal_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace enrichd::test::terminal_text_test {
namespace {

TEST(TerminalText, WhatCouldSteerATerminalIsShownAsAnEscape) {
    EXPECT_EQ(fit_for_terminal("a\x1b[2Jb\r\n\t\x7f"), "a\\u001b[2Jb\\r\\n\\t\\u007f");
    EXPECT_EQ(fit_for_terminal("\xc2\x9b[2J"), "\\u009b[2J") << "C1: CSI in one character";
    EXPECT_EQ(fit_for_terminal(std::string_view("\0", 1)), "\\u0000");
}

TEST(TerminalText, WhatHidesOrTurnsTextRoundIsShownAsAnEscape) {
    EXPECT_EQ(fit_for_terminal("\u202Emoc.elpmaxe"), "\\u202emoc.elpmaxe");
    EXPECT_EQ(fit_for_terminal("a\u200bb\u2066c\u061cd\ufeff"), "a\\u200bb\\u2066c\\u061cd\\ufeff");
    EXPECT_EQ(fit_for_terminal("x\U000E0041"), "x\\udb40\\udc41") << "a tag, as JSON writes it";
}

TEST(TerminalText, BytesThatAreNoUtf8AreShownOneByOne) {
    EXPECT_EQ(fit_for_terminal("\xff\x9b\xe2\x80"), "\\xff\\x9b\\xe2\\x80");
}

TEST(TerminalText, OtherTextStaysAsItIs) {
    EXPECT_EQ(fit_for_terminal("bücher 漢字 🦊 | \"\\"), "bücher 漢字 🦊 | \"\\");
}

TEST(TerminalText, LinesKeepTheirEndsAndTabs) {
    EXPECT_EQ(lines_for_terminal("a\n\tb\r\n\x1b]0;x\x07"), "a\n\tb\\r\n\\u001b]0;x\\u0007");
}

TEST(TerminalText, JsonStaysTheSameJson) {
    const nlohmann::json before{{"q", "a\u009b\u202e\u007f\U000E0041"}};
    EXPECT_EQ(nlohmann::json::parse(fit_for_terminal(before.dump())), before);
}

}  // namespace
}  // namespace enrichd::test::terminal_text_test
