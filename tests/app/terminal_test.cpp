#include "app/terminal.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

TEST(Terminal, TextsFromOutsideCannotSteerIt) {
    EXPECT_EQ(fit_for_terminal("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
    EXPECT_EQ(fit_for_terminal("\u202Emoc.elpmaxe"), "?moc.elpmaxe");
    EXPECT_EQ(fit_for_terminal("bücher 漢字"), "bücher 漢字");
}

TEST(Terminal, ObjectsAreLines) {
    EXPECT_EQ(as_lines(R"({"name":"x.com","tags":["a","b"],"none":null,"in":{"n":5}})"),
              "name          x.com\ntags          a; b\nin            \n  n             5\n");
}

TEST(Terminal, NumbersAreReadable) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(readable_bytes(0), "0 B");
    EXPECT_EQ(readable_bytes(1536), "1.5 KiB");
    EXPECT_EQ(readable_bytes(1024.0 * 1024 * 1024), "1 GiB");
    EXPECT_EQ(readable_duration(0.00009), "90 us");
    EXPECT_EQ(readable_duration(0.25), "250 ms");
    EXPECT_EQ(readable_duration(8), "8 s");
    EXPECT_EQ(readable_duration(90), "1 min 30 s");
    EXPECT_EQ(readable_duration(3 * 86400 + 4 * 3600), "3 d 4 h");
}

}  // namespace
}  // namespace enrichd::test
