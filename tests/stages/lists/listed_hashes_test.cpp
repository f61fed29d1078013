#include "stages/lists/listed_hashes.hpp"

#include <gtest/gtest.h>

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
    /// What is gained, as texts; then it is what the list had before.
    std::multiset<std::string> gained_and_written(const NameIndex& names) {
        const Gained gained = listed_hashes::gained(names, file_, hash_);
        EXPECT_FALSE(listed_hashes::write(file_, gained.all, hash_));
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
    EXPECT_TRUE(listed_hashes::gained(*index({"a.com", "b.com"}), file_, hash_).file_is_current);
    EXPECT_EQ(gained_and_written(*index({"b.com", "c.com"})),
              (std::multiset<std::string>{"c.com", "*.c.com"}));
    EXPECT_EQ(gained_and_written(*index({"a.com"})), (std::multiset<std::string>{"a.com", "*.a.com"}))
        << "it was taken out before";
}

TEST_F(ListedHashesTest, AnotherKeyOrADamagedFileIsNone) {
    gained_and_written(*index({"a.com"}));
    EXPECT_EQ(listed_hashes::gained(*index({"a.com"}), file_, {{1, 3}}).names.size(), 2U);
    std::ofstream(file_, std::ios::app) << "x";
    EXPECT_EQ(listed_hashes::gained(*index({"a.com"}), file_, hash_).names.size(), 2U);
}

TEST_F(ListedHashesTest, WhatTheListTakesOutAgainIsNotGained) {
    NameIndex names;
    names.add("a.com", static_cast<std::uint8_t>(Listing::exact));
    names.add("a.com", static_cast<std::uint8_t>(Listing::except_exact));
    names.finish();
    EXPECT_TRUE(listed_hashes::gained(names, file_, hash_).names.empty());
}

}  // namespace
}  // namespace enrichd::test::listed_hashes_test
