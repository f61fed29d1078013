#include "model/punycode.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::punycode_test {
namespace {

struct Pair {
    std::u32string text;
    std::string encoded;
};

const std::vector<Pair> pairs{{U"b\u00fccher", "bcher-kva"},
                              {U"\u2603", "n3h"},
                              {U"\U0001f4a9", "ls8h"},
                              {U"\u043f\u0440\u0438\u043c\u0435\u0440", "e1afmkfd"},
                              {U"m\u00fcnchen-\u00f6st", "mnchen-st-67a3d"},
                              {U"\u4f8b\u3048", "r8jz45g"},
                              {U"abc", "abc-"},
                              {U"", ""}};

TEST(Punycode, IsWrittenAndReadAsRfc3492Says) {
    for (const auto& [text, encoded] : pairs) {
        EXPECT_EQ(punycode::encode(text), encoded);
        EXPECT_EQ(punycode::decode(*punycode::encode(text)), text) << encoded;
    }
    EXPECT_EQ(punycode::decode("BCHER-KVA"), U"B\u00fcCHER");
}

TEST(Punycode, IsNotReadFromAnythingElse) {
    for (const char* text : {"999999999", "a-\xc3\xbc", "!", "kva.", "zzzzzzzzzzzzzzzzzzzz", "99zz99zz99"})
        EXPECT_FALSE(punycode::decode(text)) << text;
    EXPECT_FALSE(punycode::decode(std::string(64, 'a')));
}

}  // namespace
}  // namespace enrichd::test::punycode_test
