// The real shim when the kernel fails one of its calls: each in turn, with and without a daemon.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <sstream>
#include <thread>

#include "base/fd.hpp"
#include "net/unix_socket.hpp"
#include "shim/shim_fixture.hpp"

namespace enrichd::test::every_call_test {
namespace {

/// Takes each alert, and says so.
class TakingDaemon {
  public:
    explicit TakingDaemon(const std::string& path)
        : listener_(*listen_unix(UnixSocket::packets, path, 0600, -1)), thread_([this] { serve(); }) {}
    TakingDaemon(const TakingDaemon&) = delete;
    TakingDaemon& operator=(const TakingDaemon&) = delete;
    ~TakingDaemon() {
        ended_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }

    /// Whether it took one since it was asked last.
    bool took_one() { return took_.exchange(false); }

  private:
    void serve() {
        while (!ended_) {
            pollfd ready{listener_.get(), POLLIN, 0};
            ::poll(&ready, 1, -1);
            const Fd connection(::accept(listener_.get(), nullptr, nullptr));
            std::array<unsigned char, 4096> packet{};
            if (!connection || ::recv(connection.get(), packet.data(), packet.size(), 0) <= 0) continue;
            took_ = true;
            std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
            wire_pack_reply(reply.data(), WIRE_STATUS_SAFE);
            ::send(connection.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
        }
    }

    const Fd listener_;
    std::atomic<bool> ended_ = false;
    std::atomic<bool> took_ = false;
    std::thread thread_;
};

class EveryCall : public ShimTest {
  protected:
    EveryCall() { write_file(dir_ / "alert", alert_); }

    /// By Wazuh's integrator, or as an active response.
    Run deliver(const std::string& calls, const std::vector<std::string>& options) {
        std::filesystem::remove_all(spool_);
        if (!by_line_) return run_traced(calls, {dir_ / "alert"}, options);
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        const Fd reading(ends[0]);
        const Fd writing(ends[1]);
        const std::string line = alert_ + "\n";
        EXPECT_EQ(::write(writing.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
        return run_traced(calls, {}, options, reading.get());
    }

    /// How often a run without a fault makes each call. Not those that no kernel fails for a running program.
    std::map<std::string, int> calls() {
        EXPECT_EQ(deliver("all", {}).exit_code, 0);
        std::map<std::string, int> out;
        std::istringstream lines(trace());
        for (std::string line; std::getline(lines, line);) {
            const std::string name = line.substr(0, line.find('('));
            if (name.empty() || name.find(' ') != std::string::npos) continue;  // no call
            if (name != "execve" && name != "arch_prctl" && name != "exit_group") ++out[name];
        }
        return out;
    }

    void expect_honest_exit_code(const Run& run, bool daemon_took_it, const std::string& fault) {
        const std::size_t spooled = count_files(spool_ / "new");
        ASSERT_LE(spooled, 1U) << fault;
        if (spooled == 1) {
            const auto file = std::filesystem::directory_iterator(spool_ / "new")->path();
            EXPECT_EQ(read_file(file), alert_) << fault;
        }
        if (run.exit_code == 0) {
            EXPECT_TRUE(daemon_took_it || spooled == 1) << "lost without an error: " << fault;
            EXPECT_EQ(run.output, "") << fault;
            return;
        }
        EXPECT_EQ(run.exit_code, 1) << fault;
        if (!fault.starts_with("write:") && !fault.starts_with("writev:")) {
            EXPECT_TRUE(run.output.starts_with("enrich-shim: ")) << fault << ": " << run.output;
        }
    }

    /// The number of runs in which a call failed.
    int fail_each(TakingDaemon* daemon) {
        int runs = 0;
        for (const auto& [name, times] : calls())
            for (int time = 1; time <= std::min(times, 12); ++time)
                for (const char* const error : {"EIO", "EINTR", "ENOSPC"}) {
                    if (daemon) daemon->took_one();
                    const std::string fault = name + ":error=" + error + ":when=" + std::to_string(time);
                    const Run run = deliver(name, {"-e", "inject=" + fault});
                    expect_honest_exit_code(run, daemon && daemon->took_one(), fault);
                    ++runs;
                }
        return runs;
    }

    const std::string alert_ = R"({"id":"1","data":{"win":{"eventdata":{"queryName":"x.com"}}}})";
    bool by_line_ = false;
};

TEST_F(EveryCall, ThatFailsWithoutADaemonLosesNothingInSilence) {
    EXPECT_GT(fail_each(nullptr), 60);
}

TEST_F(EveryCall, ThatFailsBeforeADaemonLosesNothingInSilence) {
    TakingDaemon daemon(socket_);
    EXPECT_GT(fail_each(&daemon), 20);
}

TEST_F(EveryCall, ThatFailsOfAnActiveResponseLosesNothingInSilence) {
    by_line_ = true;
    EXPECT_GT(fail_each(nullptr), 60);
}

}  // namespace
}  // namespace enrichd::test::every_call_test
