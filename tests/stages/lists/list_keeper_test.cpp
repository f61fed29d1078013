#include "stages/lists/list_keeper.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "support/temp_dir.hpp"

namespace enrichd::test::list_keeper_test {
namespace {

using namespace std::chrono_literals;

TEST(ListKeeper, IsOverdueWhenItHasNoListAMinuteLater) {
    SimulatedTime time;
    const TempDir dir;
    asio::io_context io;
    Lookup lookup(io);
    ListConfig config;
    config.from = dir / "list";
    ListKeeper keeper(io, lookup, config, {}, nullptr);
    time.advance(59s);
    EXPECT_FALSE(keeper.overdue());
    time.advance(2s);
    EXPECT_TRUE(keeper.overdue());
    keeper.load_blocking();
    EXPECT_FALSE(keeper.overdue()) << "it failed, and says why";
    write_file(dir / "list", "a-site.com\n");
    keeper.load_blocking();
    EXPECT_FALSE(keeper.overdue());
}

}  // namespace
}  // namespace enrichd::test::list_keeper_test
