#include "store/positions.hpp"

#include <gtest/gtest.h>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::positions_test {
namespace {

class PositionsTest : public testing::Test {
  protected:
    static FilePosition at(std::int64_t number, std::uint64_t offset) {
        FilePosition out;
        out.number = number;
        out.path = "/var/ossec/logs/alerts/2026/Nov/ossec-alerts-29.json";
        out.identity = {66'305, 0xffff'ffff'ffff'fff0ULL, 1024, std::string(64, 'a'),
                        1'795'493'062'000'000'001};
        out.offset = offset;
        out.written = WallTime(std::chrono::seconds(1'795'480'000));
        out.saved = WallTime(std::chrono::seconds(1'795'493'062));
        return out;
    }
    std::vector<FilePosition> load(const std::string& name) {
        return run(io_, positions_.load(name)).value();
    }

    TempDir dir_;
    asio::io_context io_;
    Database database_{io_, {dir_ / "enrichd.db"}};
    Positions positions_{database_};
};

TEST_F(PositionsTest, AreKeptByNameTheLatestFileFirst) {
    EXPECT_TRUE(load("a").empty());
    ASSERT_FALSE(run(io_, positions_.save("a", at(1, 100))));
    ASSERT_FALSE(run(io_, positions_.save("a", at(2, 7))));
    ASSERT_FALSE(run(io_, positions_.save("b", at(1, 5))));
    ASSERT_FALSE(run(io_, positions_.save("a", at(2, 300))));
    EXPECT_EQ(load("a"), (std::vector<FilePosition>{at(2, 300), at(1, 100)}));
    EXPECT_EQ(load("b"), std::vector<FilePosition>{at(1, 5)});
}

TEST_F(PositionsTest, OfANameTheOldestAreForgotten) {
    constexpr auto files = static_cast<std::int64_t>(Positions::most) + 5;
    for (std::int64_t number = 1; number <= files; ++number) positions_.save_surely("a", at(number, 1));
    const auto left = load("a");
    EXPECT_EQ(left.size(), Positions::most);
    EXPECT_EQ(left.front().number, files);
}

TEST_F(PositionsTest, WhatIsSpoiltInTheFileIsRead) {
    ASSERT_FALSE(run(io_, database_.run([](StateFile& file) {
        file.script(
            "INSERT INTO positions (file, number, path, device, inode, head_size, head, offset, written, "
            "saved)"
            " VALUES ('a', 'x', x'ff', 'y', -1, -1, x'fe', -1, 'z', 9223372036854775807)");
    })));
    EXPECT_EQ(load("a").size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::positions_test
