#include "stages/lists/listed_hashes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "support/temp_dir.hpp"

namespace enrichd::test::listed_hashes_test {
namespace {

using listed_hashes::Gained;

class ListedHashesTest : public testing::Test {
  protected:
    static std::unique_ptr<NameIndex> index(const std::set<std::string>& names) {
        auto out = std::make_unique<NameIndex>();
        for (const std::string& name : names) out->add(name, suffix_listing);
        out->finish();
        return out;
    }
    /// What is gained, as texts; then it was compared.
    std::multiset<std::string> gained_and_written(const NameIndex& names) {
        const auto before = listed_hashes::read(file_, hash_).value();
        const Gained gained = listed_hashes::gained(names, before.value_or(listed_hashes::Hashes()), hash_);
        EXPECT_FALSE(listed_hashes::write(file_, gained.compared, hash_));
        std::multiset<std::string> out;
        for (const auto& one : gained.names) out.insert((one.below ? "*." : "") + std::string(one.name));
        return out;
    }

    TempDir dir_;
    std::string file_ = dir_ / "retro/urlhaus";
    hashed_rows::KeyedHash hash_{{1, 2}};
};

TEST_F(ListedHashesTest, AllIsGainedAtFirstThenWhatIsNew) {
    EXPECT_EQ(gained_and_written(*index({"a.com", "b.com"})),
              (std::multiset<std::string>{"a.com", "b.com", "*.a.com", "*.b.com"}));
    EXPECT_EQ(gained_and_written(*index({"b.com", "c.com"})),
              (std::multiset<std::string>{"c.com", "*.c.com"}));
    EXPECT_TRUE(gained_and_written(*index({"a.com"})).empty()) << "it was compared before it was taken out";
}

TEST_F(ListedHashesTest, AnotherKeyOrADamagedFileIsNone) {
    gained_and_written(*index({"a.com"}));
    EXPECT_EQ(listed_hashes::read(file_, hash_)->value().size(), 2U);
    EXPECT_FALSE(listed_hashes::read(file_, {{1, 3}}).value());
    std::ofstream(file_, std::ios::app) << "x";
    EXPECT_FALSE(listed_hashes::read(file_, hash_).value());
    EXPECT_FALSE(listed_hashes::read(dir_ / "none", hash_).value());
}

TEST_F(ListedHashesTest, AFileThatCannotBeReadIsAnError) {
    std::filesystem::create_directories(file_);
    EXPECT_FALSE(listed_hashes::read(file_, hash_));
}

TEST_F(ListedHashesTest, WhatTheListTakesOutAgainIsNotGained) {
    NameIndex names;
    names.add("a.com", suffix_listing);
    names.add("a.com", Listing::except_exact | Listing::except_below);
    names.finish();
    EXPECT_TRUE(gained_and_written(names).empty());
}

TEST_F(ListedHashesTest, AListOfOtherNamesEachTimeIsBounded) {
    listed_hashes::Hashes many(500'000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = i;
    EXPECT_EQ(listed_hashes::gained(*index({"a.com"}), many, hash_).compared.size(), 2U);
}

}  // namespace
}  // namespace enrichd::test::listed_hashes_test
