#include "net/unix_socket.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "net/peer.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::unix_socket_test {
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

unsigned mode_of(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

/// Does something as a user without rights, in a process of its own. Whether it said true.
bool as_nobody(const std::function<bool()>& work) {
    constexpr unsigned nobody = 65534;
    const pid_t child = ::fork();
    if (child == 0) {
        const bool changed = ::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0;
        ::_exit(changed && work() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A directory that belongs to that user.
class NobodysDirectory {
  public:
    NobodysDirectory() { there_ = ::chown(dir_.path().c_str(), 65534, 65534) == 0; }
    bool there() const { return there_; }
    std::string operator/(const std::string& name) const { return dir_ / name; }

  private:
    TempDir dir_;
    bool there_ = false;
};

TEST(ListenUnix, DoesNotTouchTheModesOfFilesMadeMeanwhile) {
    const TempDir dir;
    std::atomic<bool> done = false;
    std::thread binder([&] {
        for (int i = 0; i < 3000; ++i) {
            const auto socket = listen_unix(UnixSocket::packets, dir / "s", 0600, -1);
            ::unlink((dir / "s").c_str());
        }
        done = true;
    });
    unsigned odd = 0;
    while (!done) {
        const Fd file(::open((dir / "file").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (mode_of(dir / "file") != 0600) ++odd;
        ::unlink((dir / "file").c_str());
    }
    binder.join();
    EXPECT_EQ(odd, 0U);
}

TEST(ListenUnix, OfManyThatFindAStaleSocketOneGetsIt) {
    const TempDir dir;
    for (int round = 0; round < 30; ++round) {
        {
            ASSERT_TRUE(listen_unix(UnixSocket::packets, dir / "s", 0600, -1));
        }  // stale now
        std::vector<Fd> sockets(4);
        std::vector<std::thread> threads;
        for (Fd& one : sockets)
            threads.emplace_back([&] {
                auto socket = listen_unix(UnixSocket::packets, dir / "s", 0600, -1);
                if (socket) one = *std::move(socket);
            });
        for (std::thread& one : threads) one.join();
        EXPECT_EQ(std::count_if(sockets.begin(), sockets.end(), [](const Fd& one) { return bool(one); }), 1);
        EXPECT_TRUE(connect_packets(dir / "s")) << "and it is found there";
        ::unlink((dir / "s").c_str());
    }
}

TEST(ListenUnix, ReplacesItsOwnStaleSocketWhateverItsMode) {
    const NobodysDirectory dir;
    if (!dir.there()) GTEST_SKIP() << "needs root";
    EXPECT_TRUE(as_nobody([&] {
        { const auto dead = listen_unix(UnixSocket::packets, dir / "s", 0, -1); }
        return mode_of(dir / "s") == 0 && listen_unix(UnixSocket::packets, dir / "s", 0660, -1).has_value();
    }));
    EXPECT_TRUE(as_nobody([&] {
        const auto living = listen_unix(UnixSocket::packets, dir / "t", 0, -1);
        const auto second = listen_unix(UnixSocket::packets, dir / "t", 0660, -1);
        return !second && second.error() == boost::system::errc::address_in_use && mode_of(dir / "t") == 0;
    })) << "one that lives stays as it is";
}

TEST(ListenUnix, AFailureLeavesNothingBehind) {
    const NobodysDirectory dir;
    if (!dir.there()) GTEST_SKIP() << "needs root";
    EXPECT_TRUE(as_nobody([&] {
        const auto refused = listen_unix(UnixSocket::packets, dir / "s", 0660, 0);
        return !refused && refused.error() == boost::system::errc::operation_not_permitted;
    })) << "it may not be given to root's group";
    struct stat status {};
    EXPECT_NE(::lstat((dir / "s").c_str(), &status), 0);
}

TEST(ListenUnix, TellsWhoListens) {
    const TempDir dir;
    EXPECT_EQ(listener_at(UnixSocket::packets, dir / "s"), -1);
    const auto socket = listen_unix(UnixSocket::packets, dir / "s", 0600, -1);
    EXPECT_EQ(listener_at(UnixSocket::packets, dir / "s"), ::getpid());
    EXPECT_EQ(path_of_socket(socket->get()), dir / "s");
}

TEST(SocketFile, IsRemovedByItsOwnerAlone) {
    const TempDir dir;
    const auto first = listen_unix(UnixSocket::packets, dir / "s", 0600, -1);
    SocketFile of_first(dir / "s");
    EXPECT_TRUE(of_first.there());
    ::unlink((dir / "s").c_str());
    EXPECT_FALSE(of_first.there());
    const auto second = listen_unix(UnixSocket::packets, dir / "s", 0640, -1);
    SocketFile of_second(dir / "s");
    EXPECT_FALSE(of_first.there()) << "another one stands there";
    EXPECT_FALSE(of_first.give(0666, -1));
    EXPECT_EQ(mode_of(dir / "s"), 0640U);
    of_first.remove();
    EXPECT_TRUE(of_second.there());
    EXPECT_TRUE(of_second.give(0600, -1));
    EXPECT_EQ(mode_of(dir / "s"), 0600U);
    of_second = SocketFile();
    EXPECT_FALSE(std::filesystem::exists(dir / "s")) << "whoever is let go of is removed";
}

TEST(SocketFile, OneThatIsOnlyWatchedStays) {
    const TempDir dir;
    const auto socket = listen_unix(UnixSocket::packets, dir / "s", 0600, -1);
    {
        const SocketFile watched(dir / "s", false);
        EXPECT_TRUE(watched.there());
    }
    EXPECT_TRUE(std::filesystem::exists(dir / "s"));
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
}  // namespace enrichd::test::unix_socket_test
