#include "wazuh/doctor/access.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace enrichd::wazuh::test::access_test {
namespace {

using namespace enrichd::test;
namespace fs = std::filesystem;

constexpr gid_t some_group = 1;

TEST(Access, IsTriedAsTheAccountItself) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    TempDir dir;
    fs::create_directories(dir / "a/b");
    write_file(dir / "a/b/file", "");
    ASSERT_EQ(::chown((dir / "a/b/file").c_str(), 0, some_group), 0);
    ASSERT_EQ(::chmod((dir / "a/b/file").c_str(), 0640), 0);
    const Account member{"member", 65534, {some_group}};
    const Account stranger{"stranger", 65534, {65534}};
    const std::vector<Wish> read{{dir / "a", "b/file", R_OK}, {dir / "a", "b/none", R_OK}};
    EXPECT_EQ(obstacles(member, read).value()[0], "");
    EXPECT_EQ(obstacles(member, read).value()[1], "") << "what is not there is no obstacle";
    EXPECT_EQ(obstacles(stranger, read).value()[0], dir / "a/b/file");
    ASSERT_EQ(::chmod((dir / "a/b").c_str(), 0700), 0);
    EXPECT_EQ(obstacles(member, read).value()[0], dir / "a/b");
    ASSERT_EQ(::chmod((dir / "a").c_str(), 0700), 0);
    EXPECT_EQ(obstacles(member, read).value()[0], dir / "a");
}

}  // namespace
}  // namespace enrichd::wazuh::test::access_test
