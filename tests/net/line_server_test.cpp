#include "net/line_server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "net/unix_socket.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::line_server_test {
namespace {

using namespace std::chrono_literals;

class Echo final : public LineService {
  public:
    task<std::string> answer(std::string line) override {
        if (line == "large") line.resize(64 << 20);
        co_return "<" + line + ">";
    }
};

/// A client of its own thread asks while the loop turns here.
class LineServerTest : public ::testing::Test {
  protected:
    void SetUp() override {
        services_.spawn("lines", server_.listen(*listen_unix(UnixSocket::stream, dir_ / "s", 0600, -1)));
    }
    void TearDown() override {
        services_.cancel();
        io_.restart();
        EXPECT_TRUE(run_until(io_, [&] { return services_.running() == 0; }));
    }

    /// What comes back until the server closes, or so many lines have.
    std::string talk(const std::string& sent, std::size_t lines, bool close = false) {
        std::string got;
        std::thread client([&] {
            const auto socket = connect_stream(dir_ / "s");
            ASSERT_TRUE(socket);
            ::send(socket->get(), sent.data(), sent.size(), MSG_NOSIGNAL);
            if (close) ::shutdown(socket->get(), SHUT_WR);
            char block[4096];
            while (lines == 0 || static_cast<std::size_t>(std::count(got.begin(), got.end(), '\n')) < lines) {
                const ssize_t some = ::recv(socket->get(), block, sizeof block, 0);
                if (some <= 0) break;
                got.append(block, static_cast<std::size_t>(some));
            }
            asio::post(io_, [this] { io_.stop(); });
        });
        io_.restart();
        io_.run_for(patience);
        client.join();
        return got;
    }

    TempDir dir_;
    asio::io_context io_{1};
    Tasks services_{io_};
    Echo echo_;
    LineServer server_{io_, services_, echo_, {"test session", 2, 1024, 200ms}};
};

TEST_F(LineServerTest, AnswersOneLineAfterAnother) {
    EXPECT_EQ(talk("a\nb\n\n", 3), "<a>\n<b>\n<>\n");
}

TEST_F(LineServerTest, ALineThatIsTooLongEndsTheConnection) {
    EXPECT_EQ(talk("ok\n" + std::string(2000, 'x'), 0), "<ok>\n");
}

TEST_F(LineServerTest, AClientThatLeavesInTheMiddleOfALineIsNotAnswered) {
    EXPECT_EQ(talk("half", 0, true), "");
}

TEST_F(LineServerTest, AClientThatSaysNothingIsClosed) {
    const auto before = Clock::now();
    EXPECT_EQ(talk("", 0), "");
    EXPECT_GE(Clock::now() - before, 150ms);
}

TEST_F(LineServerTest, AClientThatReadsNothingIsClosed) {
    const auto slow = connect_stream(dir_ / "s");
    ASSERT_TRUE(slow);
    const std::string question = "large\n";
    ASSERT_EQ(::send(slow->get(), question.data(), question.size(), MSG_NOSIGNAL), ssize_t(question.size()));
    EXPECT_TRUE(run_until(io_, [&] { return services_.running() == 2; })) << "it is served";
    EXPECT_TRUE(run_until(io_, [&] { return services_.running() == 1; })) << "and no more";
    EXPECT_EQ(talk("a\n", 1), "<a>\n");
}

TEST_F(LineServerTest, ASilentConnectionGivesWay) {
    std::vector<Fd> silent;
    for (std::size_t i = 0; i < LineServerOptions{}.max_connections; ++i)
        silent.push_back(*connect_stream(dir_ / "s"));
    EXPECT_EQ(talk("a\n", 1), "<a>\n");
}

TEST_F(LineServerTest, AfterAMoveTheOldPlaceTakesNobodyAndTheNewOneDoes) {
    EXPECT_EQ(talk("a\n", 1), "<a>\n");
    auto fresh = listen_unix(UnixSocket::stream, dir_ / "t", 0600, -1);
    server_.close();
    services_.spawn("lines", server_.listen(*std::move(fresh)));
    io_.restart();
    io_.poll();
    EXPECT_FALSE(connect_stream(dir_ / "s"));
    EXPECT_TRUE(connect_stream(dir_ / "t"));
}

}  // namespace
}  // namespace enrichd::test::line_server_test
