#include "stages/lists/name_index.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::name_index_test {
namespace {

constexpr std::uint8_t exact = static_cast<std::uint8_t>(Listing::exact);
constexpr std::uint8_t below = static_cast<std::uint8_t>(Listing::below);

std::string entry_of(const NameIndex& index, std::string_view name) {
    const auto match = index.find(NameSuffixes(name));
    return match ? std::string(match->entry) : std::string();
}

TEST(NameIndex, FindsANameExactlyOrWithAllThatIsBelowIt) {
    NameIndex index;
    ASSERT_TRUE(index.add("exact.example", exact));
    ASSERT_TRUE(index.add("all.example", suffix_listing));
    ASSERT_TRUE(index.add("only-below.example", below));
    index.finish();
    EXPECT_EQ(entry_of(index, "exact.example"), "exact.example");
    EXPECT_EQ(entry_of(index, "www.exact.example"), "");
    EXPECT_EQ(entry_of(index, "all.example"), "all.example");
    EXPECT_EQ(entry_of(index, "a.b.all.example"), "all.example");
    EXPECT_EQ(entry_of(index, "small.example"), "");
    EXPECT_EQ(entry_of(index, "xall.example"), "");
    EXPECT_EQ(entry_of(index, "only-below.example"), "");
    EXPECT_EQ(entry_of(index, "a.only-below.example"), "only-below.example");
    EXPECT_EQ(entry_of(index, "example"), "");
    EXPECT_EQ(index.size(), 3U);
}

TEST(NameIndex, WhatIsAddedOfANameIsUnited) {
    NameIndex index;
    index.add("a.example", exact);
    index.add("a.example", below);
    index.add("a.example", exact);
    index.finish();
    EXPECT_EQ(index.size(), 1U);
    EXPECT_EQ(entry_of(index, "a.example"), "a.example");
    EXPECT_EQ(entry_of(index, "b.a.example"), "a.example");
}

TEST(NameIndex, AnExceptionTakesANameOutWhateverElseListsIt) {
    NameIndex index;
    index.add("bad.example", suffix_listing);
    index.add("good.bad.example", Listing::except_exact | Listing::except_below);
    index.add("worse.good.bad.example", suffix_listing);
    index.finish();
    EXPECT_EQ(entry_of(index, "x.bad.example"), "bad.example");
    EXPECT_EQ(entry_of(index, "good.bad.example"), "");
    EXPECT_EQ(entry_of(index, "a.worse.good.bad.example"), "") << "the exception is above it";
}

TEST(NameIndex, KeepsANoteOfEachNameAndTheSameTextOnce) {
    NameIndex index;
    const std::string note = R"({"event":"42","tags":["tlp:amber","a long one so that it costs"]})";
    for (int i = 0; i < 10'000; ++i) index.add("n" + std::to_string(i) + ".example", exact, note);
    index.add("other.example", exact, R"({"event":"43"})");
    index.add("none.example", exact);
    index.finish();
    EXPECT_EQ(index.find(NameSuffixes("n77.example"))->note, note);
    EXPECT_EQ(index.find(NameSuffixes("other.example"))->note, R"({"event":"43"})");
    EXPECT_EQ(index.find(NameSuffixes("none.example"))->note, "");
    EXPECT_LT(index.bytes(), 10'000U * 40U);
}

TEST(NameIndex, AMillionNamesCostFewBytesBesideTheirText) {
    NameIndex index;
    std::size_t text = 0;
    for (int i = 0; i < 300'000; ++i) {
        const std::string name = "host-" + std::to_string(i) + ".example.com";
        text += name.size();
        index.add(name, suffix_listing);
    }
    index.finish();
    EXPECT_LT(index.bytes(), text + 300'000U * 16U);
}

TEST(NameIndex, ALongNameOfManyLabelsIsSearchedByItsSuffixes) {
    NameIndex index;
    index.add("x.example", suffix_listing);
    index.finish();
    std::string name;
    for (int i = 0; i < 500; ++i) name += "a.";
    EXPECT_EQ(entry_of(index, name + "x.example"), "x.example");
}

class Zone : public testing::Test {
  protected:
    NameIndex index_{NameIndex::Rule::closest_wins};
};

TEST_F(Zone, TheOwnerNameItselfComesBeforeAWildcard) {
    index_.add("example", below);
    index_.add("good.example", static_cast<std::uint8_t>(Listing::except_exact));
    index_.finish();
    EXPECT_EQ(entry_of(index_, "bad.example"), "example");
    EXPECT_EQ(entry_of(index_, "good.example"), "");
    EXPECT_EQ(entry_of(index_, "example"), "");
}

TEST_F(Zone, AWildcardHoldsForNamesWhoseClosestAncestorItIs) {
    index_.add("example", below);
    index_.add("b.example", exact);
    index_.finish();
    EXPECT_EQ(entry_of(index_, "b.example"), "b.example");
    EXPECT_EQ(entry_of(index_, "x.c.example"), "example");
    EXPECT_EQ(entry_of(index_, "x.b.example"), "") << "b.example is there, and has no wildcard";
}

TEST_F(Zone, AWildcardOfAnExceptionTakesOutWhatIsBelow) {
    index_.add("example", below);
    index_.add("good.example", static_cast<std::uint8_t>(Listing::except_below));
    index_.finish();
    EXPECT_EQ(entry_of(index_, "www.good.example"), "");
    EXPECT_EQ(entry_of(index_, "www.bad.example"), "example");
}

}  // namespace
}  // namespace enrichd::test::name_index_test
