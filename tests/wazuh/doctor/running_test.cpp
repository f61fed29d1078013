#include "wazuh/doctor/running.hpp"

#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace enrichd::wazuh::test::running_test {
namespace {

using namespace enrichd::test;
namespace fs = std::filesystem;

TEST(Running, IsWhatItsPidFileSays) {
    TempDir dir;
    const Home home{dir.path()};
    fs::create_directories(home.path / "var/run");
    EXPECT_FALSE(running(home, "wazuh-integratord", "integrator").runs);
    const fs::path file = home.path / ("var/run/wazuh-integratord-" + std::to_string(::getpid()) + ".pid");
    write_file(file, std::to_string(::getpid()) + "\n");
    EXPECT_TRUE(running(home, "wazuh-integratord", "integrator").runs);
    EXPECT_FALSE(running(home, "wazuh-analysisd", "queue").runs);
    const timeval long_ago[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    ASSERT_EQ(::utimes(file.c_str(), long_ago), 0);
    EXPECT_FALSE(running(home, "wazuh-integratord", "integrator").runs)
        << "another process has the number now";
}

}  // namespace
}  // namespace enrichd::wazuh::test::running_test
