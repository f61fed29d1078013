#include "app/systemd.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/http_server.hpp"
#include "net/unix_socket.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::systemd_test {
namespace {

class PassedSockets : public testing::Test {
  protected:
    void pass(UnixSocket kind, const char* name) {
        passed_.push_back(*listen_unix(kind, dir_ / name, 0600, -1));
    }
    /// The path of the one that is taken.
    std::string taken() {
        const auto one = systemd::intake_socket(std::move(passed_), dir_ / "intake.sock");
        return one ? (*one ? path_of_socket(one->get()) : "none was passed") : one.error().message();
    }

    TempDir dir_;
    std::vector<Fd> passed_;
};

TEST_F(PassedSockets, NoneIsNoMistake) {
    EXPECT_EQ(taken(), "none was passed");
}

TEST_F(PassedSockets, TheOnlyOneIsTheIntakeWhateverItsPath) {
    pass(UnixSocket::packets, "elsewhere.sock");
    EXPECT_EQ(taken(), dir_ / "elsewhere.sock");
}

TEST_F(PassedSockets, OfSeveralTheIntakeIsFound) {
    pass(UnixSocket::stream, "other.sock");
    passed_.push_back(*listen_tcp("127.0.0.1:0"));
    pass(UnixSocket::packets, "elsewhere.sock");
    pass(UnixSocket::packets, "intake.sock");
    EXPECT_EQ(taken(), dir_ / "intake.sock");
}

TEST_F(PassedSockets, NoIntakeAmongThemIsAMistake) {
    pass(UnixSocket::stream, "intake.sock");
    EXPECT_EQ(taken(), "Protocol wrong type for socket");
    pass(UnixSocket::packets, "one.sock");
    pass(UnixSocket::packets, "two.sock");
    EXPECT_EQ(taken(), "Protocol wrong type for socket");
}

}  // namespace
}  // namespace enrichd::test::systemd_test
