#include "cli/console.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "net/line_server.hpp"
#include "net/unix_socket.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::console_test {
namespace {

using namespace std::chrono_literals;

/// The daemon's end of the admin socket.
class Daemon final : public LineService {
  public:
    task<std::string> answer(std::string line) override {
        asked.push_back(std::move(line));
        co_return says;
    }
    std::string says = R"({"ok":true,"events":[]})";
    std::vector<std::string> asked;
};

class ConsoleTest : public testing::Test {
  protected:
    ConsoleTest() {
        auto socket = listen_unix(UnixSocket::stream, dir_ / "admin.sock", 0600, -1);
        EXPECT_TRUE(socket);
        sessions_.spawn("server", server_.listen(*std::move(socket)));
    }
    ~ConsoleTest() override {
        server_.close();
        sessions_.cancel();
        io_.poll();
    }

    HttpReply get(std::string target, std::string authorization = {}) {
        return ask(console_, std::move(target), std::move(authorization));
    }
    HttpReply ask(Console& console, std::string target, std::string authorization) {
        HttpQuestion question;
        question.target = std::move(target);
        question.authorization = std::move(authorization);
        return run(io_, console.answer(std::move(question)));
    }
    std::string let_in() {
        const auto body = nlohmann::json::parse(get("/session", "Token " + console_.token()).body);
        return "Bearer " + body.at("key").get<std::string>();
    }

    asio::io_context io_;
    TempDir dir_;
    Tasks sessions_{io_};
    Daemon daemon_;
    LineServer server_{io_, sessions_, daemon_, {.name = "admin"}};
    Console console_{io_, dir_ / "admin.sock"};
};

TEST_F(ConsoleTest, ItsPageHoldsNeitherTheTokenNorAQuestionToTheDaemon) {
    const HttpReply page = get("/");
    EXPECT_EQ(page.status, 200U);
    EXPECT_NE(page.content_policy.find("default-src 'none'"), std::string_view::npos);
    EXPECT_EQ(page.body.find(console_.token()), std::string::npos);
    EXPECT_TRUE(daemon_.asked.empty());
}

TEST_F(ConsoleTest, TheTokenLetsOneBrowserIn) {
    EXPECT_EQ(console_.token().size(), 32U);
    EXPECT_EQ(get("/session").status, 403U);
    EXPECT_EQ(get("/session", "Token " + std::string(32, '0')).status, 403U);
    EXPECT_EQ(get("/session", "Bearer " + console_.token()).status, 403U);
    EXPECT_EQ(get("/session", "Token " + console_.token()).status, 200U);
    EXPECT_EQ(get("/session", "Token " + console_.token()).status, 403U) << "it was used";
    EXPECT_EQ(console_.refused(), 4U);
}

TEST_F(ConsoleTest, TheTokenIsTooOldAfterAWhile) {
    SimulatedTime time;
    Console console(io_, dir_ / "admin.sock");
    time.advance(Console::token_is_good_for);
    EXPECT_EQ(ask(console, "/session", "Token " + console.token()).status, 403U);
}

TEST_F(ConsoleTest, NothingIsAskedOfTheDaemonForWhoWasNotLetIn) {
    const auto others_are_refused = [&] {
        for (const std::string target : {"/recent", "/why?www.example.com"}) {
            EXPECT_EQ(get(target).status, 403U);
            EXPECT_EQ(get(target, "Token " + console_.token()).status, 403U);
            EXPECT_EQ(get(target, "Bearer ").status, 403U);
            EXPECT_EQ(get(target, "Bearer " + console_.token()).status, 403U);
            EXPECT_EQ(get(target, "Bearer " + std::string(32, '0')).status, 403U);
        }
    };
    others_are_refused();
    const std::string key = let_in();
    others_are_refused();
    EXPECT_EQ(get("/recent", key.substr(0, key.size() - 1)).status, 403U);
    EXPECT_EQ(get("/recent", key + "0").status, 403U);
    EXPECT_TRUE(daemon_.asked.empty());
}

TEST_F(ConsoleTest, IsUsedByWhoOpensItOrLooksUpANameAndNotByThePageItself) {
    SimulatedTime time;
    Console console(io_, dir_ / "admin.sock");
    const auto made = console.last_use();
    time.advance(1min);
    const auto body = nlohmann::json::parse(ask(console, "/session", "Token " + console.token()).body);
    const std::string key = "Bearer " + body.at("key").get<std::string>();
    EXPECT_EQ(console.last_use(), made + 1min);
    time.advance(1min);
    ask(console, "/recent", key);
    EXPECT_EQ(console.last_use(), made + 1min);
    ask(console, "/why?www.example.com", key);
    EXPECT_EQ(console.last_use(), made + 2min);
}

TEST_F(ConsoleTest, EndsWhenNobodyUsesIt) {
    Config config;
    config.admin.socket = dir_ / "admin.sock";
    std::thread daemon([&] {
        io_.restart();
        while (daemon_.asked.empty()) io_.run_one();
        io_.run_for(10ms);
    });
    std::ostringstream out;
    const Report report = daemon_console(config, {.port = 0, .idle = 10ms}, out);
    daemon.join();
    EXPECT_TRUE(report.good) << report.error;
    EXPECT_NE(out.str().find("http://127.0.0.1:"), std::string::npos);
}

TEST_F(ConsoleTest, WhoWasLetInGetsTheAnswersOfTheDaemon) {
    const std::string key = let_in();
    EXPECT_EQ(get("/recent", key).body, R"({"ok":true,"events":[]})");
    EXPECT_EQ(get("/why?www.Example.com", key).status, 200U);
    EXPECT_EQ(daemon_.asked, (std::vector<std::string>{R"({"verb":"recent"})",
                                                       R"({"verb":"why","name":"www.Example.com"})"}));
}

TEST_F(ConsoleTest, OnlyWhatMayBeANameIsAskedAbout) {
    const std::string key = let_in();
    for (const std::string name : {"", "a%20b", "\"}", "a/b", "b\xc3\xbc"})
        EXPECT_EQ(get("/why?" + name, key).status, 400U) << name;
    EXPECT_EQ(get("/why?" + std::string(254, 'a'), key).status, 400U);
    EXPECT_EQ(get("/reload", key).status, 404U) << "nothing is changed from here";
    EXPECT_TRUE(daemon_.asked.empty());
}

/// Found on 30 November 2026 by an adversary: such an answer aborted the program.
TEST_F(ConsoleTest, AnotherProgramThatAnswersInItsOwnWayIsAnError) {
    const std::string key = let_in();
    for (const char* odd :
         {R"({"ok":false,"error":5})", R"({"ok":"x"})", R"({"error":"no"})", "[]", "5", "no JSON"}) {
        daemon_.says = odd;
        const auto body = nlohmann::json::parse(get("/recent", key).body);
        EXPECT_FALSE(body.at("ok").get<bool>()) << odd;
        EXPECT_TRUE(body.at("error").is_string()) << odd;
    }
}

TEST_F(ConsoleTest, ADaemonThatIsGoneIsSaidSo) {
    const std::string key = let_in();
    server_.close();
    io_.poll();
    const auto body = nlohmann::json::parse(get("/recent", key).body);
    EXPECT_FALSE(body.at("ok").get<bool>());
    EXPECT_NE(body.at("error").get<std::string>(), "");
}

}  // namespace
}  // namespace enrichd::test::console_test
