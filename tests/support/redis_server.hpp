// A real redis-server that a test starts, kills and starts again.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/read_file.hpp"
#include "support/child.hpp"
#include "support/free_port.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace enrichd::test {

class RedisServer {
  public:
    /// `more`: arguments. What it holds survives a restart; that it is written with each command.
    explicit RedisServer(std::vector<std::string> more = {}) : more_(std::move(more)) { start(); }

    std::uint16_t port() const { return port_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }
    const TempDir& home() const { return home_; }

    /// Waits until it answers.
    void start() {
        std::vector<std::string> arguments{"redis-server",
                                           "--port",
                                           std::to_string(port_),
                                           "--bind",
                                           "127.0.0.1",
                                           "--dir",
                                           home_.path().string(),
                                           "--save",
                                           "",
                                           "--appendonly",
                                           "yes",
                                           "--appendfsync",
                                           "always"};
        arguments.insert(arguments.end(), more_.begin(), more_.end());
        process_ = std::make_unique<Child>(Command{"/usr/bin/redis-server", arguments, {}, home_ / "log"});
        if (!eventually([this] { return ready(); })) throw std::runtime_error("redis-server does not start");
    }
    void crash() {
        process_->signal(SIGKILL);
        process_->wait();
        ++starts_;
    }
    /// Stops it, so that it is silent, and lets it go on.
    void freeze() { process_->signal(SIGSTOP); }
    void thaw() { process_->signal(SIGCONT); }

    /// What redis-cli says to a command.
    std::string says(std::vector<std::string> command, std::vector<std::string> before = {}) const {
        std::vector<std::string> arguments{"redis-cli", "-p", std::to_string(port_), "--no-auth-warning"};
        arguments.insert(arguments.end(), before.begin(), before.end());
        arguments.insert(arguments.end(), command.begin(), command.end());
        Child client(Command{"/usr/bin/redis-cli", arguments, {}, {}});
        std::string out = client.output();
        client.wait();
        while (out.ends_with('\n')) out.pop_back();
        return out;
    }

  private:
    bool ready() const {
        const std::string log = read_file(home_ / "log");
        std::size_t found = 0;
        for (std::size_t at = log.find("Ready to accept"); at != std::string::npos;
             at = log.find("Ready to accept", at + 1))
            ++found;
        return found > starts_;
    }

    TempDir home_;
    std::uint16_t port_ = free_port();
    std::vector<std::string> more_;
    std::size_t starts_ = 0;  // before this one
    std::unique_ptr<Child> process_;
};

}  // namespace enrichd::test
