#include "sources/spool/spool_watcher.hpp"

#include <gtest/gtest.h>

#include "net/tasks.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::spool_watcher_test {
namespace {

using namespace std::chrono_literals;

class SpoolWatcherTest : public testing::Test {
  protected:
    void watch() { tasks_.spawn("watch", watcher_.run()); }
    void TearDown() override {
        tasks_.cancel();
        EXPECT_TRUE(run(io_, tasks_.drained(Clock::now() + 5s)));
    }

    const TempDir dir_;
    const std::filesystem::path new_ = dir_ / "new/";
    asio::io_context io_;
    Tasks tasks_{io_};
    SpoolQueue queue_;
    int changes_ = 0;
    SpoolWatcher watcher_{io_, new_, 10ms, queue_, [this] { ++changes_; }};
};

TEST_F(SpoolWatcherTest, CountsAlertsThatComeAndNoOtherFiles) {
    std::filesystem::create_directory(new_);
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return changes_ == 1; })) << "a file may have come before";
    write_file(new_ / "README", "hello");
    write_file(new_ / "0000000000000001", "alert");
    write_file(dir_ / "0000000000000002", "alert");
    std::filesystem::rename(dir_ / "0000000000000002", new_ / "0000000000000002");
    EXPECT_TRUE(run_until(io_, [&] { return queue_.files() == 2; }));
    EXPECT_GE(changes_, 2);
}

TEST_F(SpoolWatcherTest, WatchesTheDirectoryThatComesAfterTheOneThatIsRemoved) {
    std::filesystem::create_directory(new_);
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return changes_ == 1; }));
    std::filesystem::remove_all(new_);
    io_.restart();
    io_.run_for(30ms);
    EXPECT_EQ(changes_, 1);
    std::filesystem::create_directory(new_);
    EXPECT_TRUE(run_until(io_, [&] { return changes_ == 2; }));
    write_file(new_ / "0000000000000001", "alert");
    EXPECT_TRUE(run_until(io_, [&] { return queue_.files() == 1; }));
}

}  // namespace
}  // namespace enrichd::test::spool_watcher_test
