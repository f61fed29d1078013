#include "sources/files/line_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace enrichd::test::line_buffer_test {
namespace {

void put(LineBuffer& lines, std::string_view bytes) {
    const auto space = lines.space();
    ASSERT_LE(bytes.size(), space.to.size());
    std::memcpy(space.to.data(), bytes.data(), bytes.size());
    lines.filled(bytes.size());
}

std::vector<std::string> all(LineBuffer& lines) {
    std::vector<std::string> out;
    while (const auto line = lines.next()) out.emplace_back(line->too_long ? "too long" : line->text);
    return out;
}

using Texts = std::vector<std::string>;

TEST(LineBuffer, CutsBlocksIntoLinesWhereverTheyAreCut) {
    std::string file;
    Texts expected;
    for (std::size_t i = 0; i < 2'000; ++i) {
        expected.push_back(std::string(i % 97, static_cast<char>('a' + i % 26)));
        file += expected.back() + "\n";
    }
    for (const std::size_t piece : {1U, 2U, 7U, 64U, 4096U, 65'536U}) {
        LineBuffer lines(1'000);
        Texts found;
        std::uint64_t end = 0;
        for (std::size_t at = 0; at < file.size(); at += piece) {
            put(lines, std::string_view(file).substr(at, piece));
            while (const auto line = lines.next()) {
                EXPECT_EQ(line->start, end);
                end = line->end;
                EXPECT_EQ(file.at(end - 1), '\n');
                found.emplace_back(line->text);
            }
        }
        EXPECT_EQ(found, expected) << "pieces of " << piece;
        EXPECT_FALSE(lines.has_rest());
        EXPECT_EQ(lines.line_start(), file.size());
        EXPECT_EQ(lines.read_to(), file.size());
    }
}

TEST(LineBuffer, SkipsALineThatIsTooLongAndGoesOnBehindIt) {
    for (const std::size_t length : {101U, 300'000U, 10'000'000U}) {
        LineBuffer lines(100);
        const std::string file = "one\n" + std::string(length, 'x') + "\ntwo\n";
        Texts found;
        std::uint64_t end = 0;
        for (std::size_t at = 0; at < file.size(); at += LineBuffer::block) {
            put(lines, std::string_view(file).substr(at, LineBuffer::block));
            while (const auto line = lines.next()) {
                EXPECT_EQ(line->start, end);
                end = line->end;
                found.emplace_back(line->too_long ? "too long" : line->text);
            }
        }
        EXPECT_EQ(found, (Texts{"one", "too long", "two"})) << length;
        EXPECT_EQ(end, file.size());
    }
}

TEST(LineBuffer, ALineOfTheGreatestLengthIsTaken) {
    LineBuffer lines(100);
    put(lines, std::string(100, 'x') + "\n" + std::string(101, 'x') + "\n");
    EXPECT_EQ(all(lines), (Texts{std::string(100, 'x'), "too long"}));
}

TEST(LineBuffer, KeepsTheStartOfALineThatIsBeingSkipped) {
    LineBuffer lines(100);
    put(lines, "one\n" + std::string(5'000, 'x'));
    EXPECT_EQ(all(lines), Texts{"one"});
    put(lines, std::string(5'000, 'x'));
    EXPECT_FALSE(lines.next());
    EXPECT_EQ(lines.line_start(), 4U) << "it is read again from there";
    EXPECT_EQ(lines.read_to(), 10'004U);
    EXPECT_TRUE(lines.has_rest());
}

TEST(LineBuffer, GivesOutHalfALineWhenNobodyWillEndIt) {
    LineBuffer lines(100);
    put(lines, "one\nhalf");
    EXPECT_EQ(all(lines), Texts{"one"});
    ASSERT_TRUE(lines.has_rest());
    const Line rest = lines.rest();
    EXPECT_EQ(rest.text, "half");
    EXPECT_EQ(rest.start, 4U);
    EXPECT_EQ(rest.end, 8U);
    EXPECT_FALSE(lines.has_rest());
}

TEST(LineBuffer, BeginsAnew) {
    LineBuffer lines(100);
    put(lines, "one\nhalf");
    lines.restart(1'000);
    EXPECT_FALSE(lines.next());
    EXPECT_EQ(lines.space().offset, 1'000U);
    lines.filled(0);
    put(lines, "two\n");
    const auto line = lines.next();
    ASSERT_TRUE(line);
    EXPECT_EQ(line->start, 1'000U);
    EXPECT_EQ(line->end, 1'004U);
}

}  // namespace
}  // namespace enrichd::test::line_buffer_test
