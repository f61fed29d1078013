#include "stages/lists/list_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <memory>
#include <optional>

#include "support/run.hpp"
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
    ListKeeper keeper(io, lookup, std::make_shared<Semaphore>(io, 1), config, {}, nullptr);
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

TEST(ListKeeper, WaitsForItsTurnSoThatManyLargeListsAreNotReadAtOnce) {
    SimulatedTime time;
    const TempDir dir;
    asio::io_context io;
    Lookup lookup(io);
    ListConfig config;
    config.from = dir / "list";
    write_file(config.from, "a-site.com\n");
    const auto loads = std::make_shared<Semaphore>(io, 1);
    ListKeeper keeper(io, lookup, loads, config, {}, nullptr);
    std::optional other = run(io, loads->take());
    asio::co_spawn(io, keeper.restore(), asio::detached);
    EXPECT_TRUE(run_until(io, [&] { return loads->waiting() == 1; }));
    EXPECT_EQ(keeper.list(), nullptr);
    other.reset();
    EXPECT_TRUE(run_until(io, [&] { return keeper.list() != nullptr; }));
}

}  // namespace
}  // namespace enrichd::test::list_keeper_test
