#include "store/log_check.hpp"

#include <gtest/gtest.h>

#include "store/database.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::log_check_test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t frame = 24 + 4096;

/// The state file and its log as a kill leaves them, with several commits.
class LogCheck : public testing::Test {
  protected:
    LogCheck() {
        asio::io_context io;
        Database database(io, DatabaseOptions{dir_ / "live.db", false, 5ms, 1h});
        for (std::int64_t i = 0; i < 5; ++i) {
            const auto insert = [i](StateFile& file) {
                file.run("INSERT INTO recent (hash) VALUES (?)", i);
                file.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", std::string_view("large"),
                         std::string_view(text_));
            };
            EXPECT_FALSE(run(io, database.run(insert)));
        }
        for (const char* end : {"", "-wal"})
            std::filesystem::copy_file(dir_ / (std::string("live.db") + end),
                                       dir_ / (std::string("left.db") + end));
        log_ = read_file(dir_ / "left.db-wal");
    }
    std::string path() const { return dir_ / "left.db-wal"; }
    bool damaged_after_a_flip_at(std::size_t at) {
        std::string bytes = log_;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
        write_file(path(), bytes);
        return log_is_damaged(path());
    }
    std::size_t frames() const { return (log_.size() - 32) / frame; }

    static inline const std::string text_ = std::string(9'000, 'x');
    TempDir dir_;
    std::string log_;
};

TEST_F(LogCheck, AGoodLogAndNoLogAreNotDamaged) {
    ASSERT_GT(frames(), 10U);
    EXPECT_FALSE(log_is_damaged(path()));
    EXPECT_FALSE(log_is_damaged(dir_ / "none"));
    write_file(path(), "");
    EXPECT_FALSE(log_is_damaged(path()));
}

TEST_F(LogCheck, AFlippedBitAnywhereIsFound) {
    for (std::size_t at = 0; at < 32; ++at) EXPECT_TRUE(damaged_after_a_flip_at(at)) << "header, " << at;
    for (std::size_t i = 0; i < frames(); ++i)
        for (const std::size_t at : {0UL, 4UL, 8UL, 12UL, 16UL, 23UL, 24UL, frame - 1})
            EXPECT_TRUE(damaged_after_a_flip_at(32 + i * frame + at)) << "frame " << i << ", " << at;
}

TEST_F(LogCheck, WhatAKilledWriterHadNotCommittedDoesNotCount) {
    for (std::size_t cut = 1; cut < frame; cut += 1'000) {
        write_file(path(), log_.substr(0, log_.size() - cut));
        EXPECT_FALSE(log_is_damaged(path())) << "the last frame was not written whole";
    }
    std::string older = log_.substr(log_.size() - frame);
    for (std::size_t at = 8; at < 16; ++at) older[at] = static_cast<char>(older[at] ^ 0x11);
    write_file(path(), log_ + older);
    EXPECT_FALSE(log_is_damaged(path())) << "remains of an older log";
}

TEST_F(LogCheck, TheDatabaseSaysThatCommitsMayBeMissing) {
    std::string bytes = log_;
    bytes[32 + 24 + 100] = static_cast<char>(bytes[32 + 24 + 100] ^ 0x40);
    write_file(path(), bytes);
    asio::io_context io;
    Database database(io, DatabaseOptions{dir_ / "left.db", false, 5ms});
    const auto look = [](StateFile&) {};
    EXPECT_FALSE(run(io, database.run(look))) << "it works on";
    EXPECT_TRUE(database.log_damaged());
    EXPECT_EQ(database.counts().errors["log_damaged"], 1U);
    database.close();
    asio::io_context next;
    Database again(next, DatabaseOptions{dir_ / "left.db", false, 5ms});
    EXPECT_FALSE(run(next, again.run(look)));
    EXPECT_FALSE(again.log_damaged()) << "the next run has nothing to do with it";
}

}  // namespace
}  // namespace enrichd::test::log_check_test
