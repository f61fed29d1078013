#include "cli/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/fd.hpp"

namespace enrichd::test::terminal_test {
namespace {

TEST(Terminal, ObjectsAreLines) {
    EXPECT_EQ(as_lines(R"({"name":"x.com","tags":["a","b"],"none":null,"in":{"n":5}})"),
              "name          x.com\ntags          a; b\nin            \n  n             5\n");
}

TEST(Terminal, ObjectsFromOutsideCannotSteerIt) {
    EXPECT_EQ(as_lines(R"({"a\u001b":"b\u001b[2J\nc"})"), "a\\u001b       b\\u001b[2J\\nc\n");
}

TEST(Terminal, CountsAgreeWithTheirWord) {
    EXPECT_EQ(counted(0, "alert"), "0 alerts");
    EXPECT_EQ(counted(1, "alert"), "1 alert");
    EXPECT_EQ(counted(1'234, "registry", "registries"), "1,234 registries");
}

TEST(Terminal, RatesHaveNoPowersOfTen) {
    EXPECT_EQ(readable_rate(0), "0/s");
    EXPECT_EQ(readable_rate(1e-9), "<0.01/s");
    EXPECT_EQ(readable_rate(0.25), "0.25/s");
    EXPECT_EQ(readable_rate(99.96), "100/s");
    EXPECT_EQ(readable_rate(999.7), "1,000/s");
    EXPECT_EQ(readable_rate(1'834), "1,834/s");
    EXPECT_EQ(readable_rate(1.25e9), "1,250,000,000/s");
}

TEST(Terminal, NumbersAreReadable) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(readable_bytes(0), "0 B");
    EXPECT_EQ(readable_bytes(1536), "1.5 KiB");
    EXPECT_EQ(readable_bytes(1023.9 * 1024), "1,024 KiB");
    EXPECT_EQ(readable_bytes(1024.0 * 1024 * 1024), "1 GiB");
    EXPECT_EQ(readable_duration(0.00009), "90 us");
    EXPECT_EQ(readable_duration(0.25), "250 ms");
    EXPECT_EQ(readable_duration(8), "8 s");
    EXPECT_EQ(readable_duration(90), "1 min 30 s");
    EXPECT_EQ(readable_duration(3 * 86400 + 4 * 3600), "3 d 4 h");
}

TEST(Terminal, StatesAndMistakesAreInColour) {
    EXPECT_EQ(in_colour("enrichd    ok, version 1\n"), "enrichd    \x1b[32mok\x1b[0m, version 1\n");
    EXPECT_EQ(in_colour("otx is degraded since noon: the server is down\n"),
              "otx is \x1b[33mdegraded\x1b[0m since noon: the server is \x1b[31mdown\x1b[0m\n");
    EXPECT_EQ(in_colour("all\nerror: a\nwarning: b"),
              "all\n\x1b[31merror:\x1b[0m a\n\x1b[33mwarning:\x1b[0m b");
    for (const std::string plain :
         {"", "okay", "  download", "it says error: x", "is downhill", "ok.example.com"})
        EXPECT_EQ(in_colour(plain), plain);
}

TEST(Terminal, AFileGetsNoColour) {
    const Fd file(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    EXPECT_FALSE(wants_colour(file.get()));
}

}  // namespace
}  // namespace enrichd::test::terminal_test
