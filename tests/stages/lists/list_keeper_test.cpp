#include "stages/lists/list_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::list_keeper_test {
namespace {

using namespace std::chrono_literals;

class ListKeeperTest : public testing::Test {
  protected:
    ListKeeperTest() { config_.from = dir_ / "list"; }

    SimulatedTime time_;
    TempDir dir_;
    asio::io_context io_;
    Lookup lookup_{io_};
    ListConfig config_;
    std::shared_ptr<Semaphore> loads_ = std::make_shared<Semaphore>(io_, 1);
};

TEST_F(ListKeeperTest, IsOverdueWhenItHasNoListAMinuteLater) {
    ListKeeper keeper(io_, lookup_, loads_, config_, {}, nullptr);
    time_.advance(59s);
    EXPECT_FALSE(keeper.overdue());
    time_.advance(2s);
    EXPECT_TRUE(keeper.overdue());
    keeper.load_blocking();
    EXPECT_FALSE(keeper.overdue()) << "it failed, and says why";
    write_file(config_.from, "a-site.com\n");
    keeper.load_blocking();
    EXPECT_FALSE(keeper.overdue());
}

TEST_F(ListKeeperTest, AFailureAfterASuccessIsLoggedAtOnceAndTheSameOneNot) {
    int complaints = 0;
    const log::Capture capture([&](std::string_view line) {
        if (line.find("a list cannot be loaded") != std::string_view::npos) ++complaints;
    });
    ListKeeper keeper(io_, lookup_, loads_, config_, {}, nullptr);
    keeper.load_blocking();
    keeper.load_blocking();
    EXPECT_EQ(complaints, 1);
    write_file(config_.from, "a-site.com\n");
    keeper.load_blocking();
    std::filesystem::remove(config_.from);
    keeper.load_blocking();
    EXPECT_EQ(complaints, 2);
}

TEST_F(ListKeeperTest, WaitsForItsTurnSoThatManyLargeListsAreNotReadAtOnce) {
    write_file(config_.from, "a-site.com\n");
    ListKeeper keeper(io_, lookup_, loads_, config_, {}, nullptr);
    std::optional other = run(io_, loads_->take());
    bool ended = false;
    asio::co_spawn(io_, keeper.restore(), [&](const std::exception_ptr&) { ended = true; });
    EXPECT_TRUE(run_until(io_, [&] { return loads_->waiting() == 1; }));
    EXPECT_EQ(keeper.list(), nullptr);
    other.reset();
    EXPECT_TRUE(run_until(io_, [&] { return ended; }));
    EXPECT_NE(keeper.list(), nullptr);
}

}  // namespace
}  // namespace enrichd::test::list_keeper_test
