#include "net/unix_socket.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "net/peer.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

TEST(ListenSeqpacket, MakesASocketWithItsMode) {
    const TempDir dir;
    const std::string path = dir / "s";
    const auto socket = listen_unix(UnixSocket::packets, path, 0640, -1);
    ASSERT_TRUE(socket) << socket.error().message();
    EXPECT_TRUE(is_listening_seqpacket(socket->get()));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(ListenSeqpacket, ReplacesWhatADeadDaemonLeft) {
    const TempDir dir;
    { ASSERT_TRUE(listen_unix(UnixSocket::packets, dir / "s", 0600, -1)); }
    EXPECT_TRUE(listen_unix(UnixSocket::packets, dir / "s", 0600, -1));
}

TEST(ListenSeqpacket, LeavesALivingDaemonAndOtherFilesAlone) {
    const TempDir dir;
    const auto living = listen_unix(UnixSocket::packets, dir / "s", 0600, -1);
    EXPECT_EQ(listen_unix(UnixSocket::packets, dir / "s", 0600, -1).error(),
              boost::system::errc::address_in_use);
    write_file(dir / "file", "precious");
    EXPECT_FALSE(listen_unix(UnixSocket::packets, dir / "file", 0600, -1));
    EXPECT_EQ(read_file(dir / "file"), "precious");
}

TEST(ListenSeqpacket, APathThatDoesNotFitIsAnError) {
    EXPECT_EQ(listen_unix(UnixSocket::packets, "/" + std::string(107, 'x'), 0600, -1).error(),
              boost::system::errc::filename_too_long);
}

TEST(AllowList, KnowsUsersGroupsAndNumbers) {
    const AllowList list({"root", "4711", "no-such-name"});
    EXPECT_TRUE(list.allows({0, 1000, 1}));
    EXPECT_TRUE(list.allows({4711, 4711, 1}));
    EXPECT_TRUE(list.allows({1000, 0, 1})) << "the group of that name";
    EXPECT_FALSE(list.allows({1000, 1000, 1}));
    EXPECT_EQ(list.unknown(), std::vector<std::string>{"no-such-name"});
}

}  // namespace
}  // namespace enrichd::test
