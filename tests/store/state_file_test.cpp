#include "store/state_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/units.hpp"
#include "base/utf8.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::state_file_test {
namespace {

using namespace std::chrono_literals;

class StateFileTest : public testing::Test {
  protected:
    StateFileTest() { file_.open(dir_ / "enrichd.db"); }

    template <class Value, class Read>
    auto read(const char* sql, const Value& value, Read of) {
        decltype(of(std::declval<const Row&>())) out{};
        file_.each(
            sql, [&](const Row& row) { out = of(row); }, value);
        EXPECT_FALSE(file_.failure()) << file_.detail();
        return out;
    }
    std::string text(const std::string& bytes) {
        return read("SELECT CAST(? AS BLOB)", bytes, [](const Row& row) { return row.text(0); });
    }
    WallTime time(std::int64_t seconds) {
        return read("SELECT ?", seconds, [](const Row& row) { return row.time(0); });
    }

    TempDir dir_;
    StateFile file_;
};

TEST(StateFileMode, IsForTheDaemonsUserAndGroupWhateverTheUmask) {
    for (const mode_t mask : {0U, 0777U}) {
        const TempDir dir;
        const mode_t before = ::umask(mask);
        StateFile file;
        file.open(dir / "enrichd.db");
        file.script("PRAGMA journal_mode = WAL");
        file.script("CREATE TABLE t (x)");
        ::umask(before);
        EXPECT_FALSE(file.failure()) << file.detail();
        for (const char* name : {"enrichd.db", "enrichd.db-wal"})
            EXPECT_EQ(std::filesystem::status(dir / name).permissions(), std::filesystem::perms(0640))
                << name << " " << mask;
    }
}

TEST_F(StateFileTest, ATextIsUtf8WhateverIsInTheFile) {
    EXPECT_EQ(text("b\xc3\xbc"
                   "cher"),
              "b\xc3\xbc"
              "cher");
    EXPECT_EQ(text("\xff[x\xc3"), "\xef\xbf\xbd[x\xef\xbf\xbd");
    EXPECT_EQ(text(std::string("a\0b", 3)), std::string("a\0b", 3));
    EXPECT_EQ(text(""), "");
}

TEST_F(StateFileTest, ATimeCanBeCountedInNanosecondsWhateverIsInTheFile) {
    EXPECT_EQ(time(1'795'492'550), WallTime(1'795'492'550s));
    EXPECT_EQ(time(-1), WallTime(-1s));
    EXPECT_EQ(to_iso_date(time(std::numeric_limits<std::int64_t>::max())), "2199-12-31T23:59:59Z");
    EXPECT_EQ(time(std::numeric_limits<std::int64_t>::min()),
              WallTime(std::chrono::sys_days(std::chrono::year(1900) / 1 / 1)));
    const auto none = [](const Row& row) { return row.maybe_time(0); };
    EXPECT_FALSE(read("SELECT ?", std::optional<std::int64_t>(), none));
    EXPECT_EQ(read("SELECT ?", std::int64_t{5}, none), WallTime(5s));
}

}  // namespace
}  // namespace enrichd::test::state_file_test
