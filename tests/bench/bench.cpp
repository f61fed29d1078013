// The figures that the docs quote, measured in one run on real parts. scripts/bench builds and runs this.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_otx.hpp"
#include "proto/wire.h"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/// Runs a program as Wazuh's integrator does (fork, a session of its own, output into a pipe that is read to
/// its end, wait); microseconds from before the fork to the end of the wait.
double run_time(const std::vector<std::string>& arguments, char** environment) {
    std::vector<char*> argv;
    for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
    argv.push_back(nullptr);
    const auto start = Clock::now();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        ::setsid();
        ::execve(argv[0], argv.data(), environment);
        ::_exit(127);
    }
    ::close(ends[1]);
    char byte = 0;
    while (::read(ends[0], &byte, 1) > 0) continue;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::fprintf(stderr, "%s failed\n", argv[0]);
        std::exit(1);
    }
    return Microseconds(Clock::now() - start).count();
}

/// What the shim does, without a process: one connection, one packet, one reply.
bool hand_over(const std::string& socket, const std::string& alert, std::uint64_t id) {
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    unsigned char header[WIRE_REQUEST_HEADER];
    const wire_request request{id, WIRE_KIND_ALERT, 0, static_cast<std::uint32_t>(alert.size())};
    wire_pack_request(header, &request);
    iovec parts[]{{header, sizeof header}, {const_cast<char*>(alert.data()), alert.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    unsigned char reply[WIRE_REPLY_SIZE];
    if (::sendmsg(fd.get(), &message, MSG_NOSIGNAL) < 0 || ::recv(fd.get(), reply, sizeof reply, 0) < 0)
        return false;
    return wire_unpack_reply(reply, sizeof reply) == WIRE_STATUS_SAFE;
}

long resident_kilobytes(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    return std::stol(status.substr(status.find("VmRSS:") + 6));
}

double cpu_seconds(pid_t pid) {
    std::istringstream stat(read_file("/proc/" + std::to_string(pid) + "/stat"));
    std::string skip;
    for (int i = 0; i < 13; ++i) stat >> skip;
    double user = 0;
    double system = 0;
    stat >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void row(const char* what, const std::string& figure) {
    std::printf("| %-58s | %-34s |\n", what, figure.c_str());
}

template <class... Values>
std::string text(const char* format, Values... values) {
    char out[128];
    std::snprintf(out, sizeof out, format, values...);
    return out;
}

void measure_shim(DaemonUnderTest& daemon) {
    const std::string file = daemon.home() / "bench.alert";
    write_file(file, alert_for("www.known-site.com"));
    const std::string socket = "ENRICHD_SOCKET=" + daemon.socket().string();
    char* environment[]{const_cast<char*>(socket.c_str()), nullptr};
    const std::vector<std::string> shim{ENRICH_SHIM_PROGRAM, file, "", "", "", "", "10", "3",
                                        "> /dev/null 2>&1"};
    const std::vector<std::string> empty{EMPTY_PROGRAM};
    std::vector<double> shim_times;
    std::vector<double> empty_times;
    std::vector<double> ratios;
    for (int i = 0; i < 2000; ++i) {
        empty_times.push_back(run_time(empty, environment));
        shim_times.push_back(run_time(shim, environment));
        ratios.push_back(shim_times.back() / empty_times.back());
    }
    row("shim, run as Wazuh runs it, median of 2,000", text("%.0f us", median(shim_times)));
    row("empty static program, in turn with it", text("%.0f us", median(empty_times)));
    row("ratio, median of pairs", text("%.2f", median(ratios)));
    row("size of the shim", text("%zu bytes", static_cast<std::size_t>(std::filesystem::file_size(shim[0]))));
}

void measure_hits(DaemonUnderTest& daemon) {
    constexpr int count = 50'000;
    const std::string alert = alert_for("www.known-site.com");
    const pid_t pid = daemon.process().pid();
    const double cpu = cpu_seconds(pid);
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i)
        if (!hand_over(daemon.socket(), alert, 1'000'000ULL + static_cast<std::uint64_t>(i))) std::abort();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    row("alerts from cache, one connection each, one client", text("%.0f alerts/s", count / seconds));
    row("CPU of the daemon for each", text("%.1f us", (cpu_seconds(pid) - cpu) / count * 1e6));
}

void measure_memory(DaemonUnderTest& daemon, long idle) {
    constexpr int domains = 100'000;
    const auto start = Clock::now();
    for (int i = 0; i < domains; ++i) {
        const std::string alert = alert_for("www.domain-number-" + std::to_string(i) + ".com");
        while (!hand_over(daemon.socket(), alert, 10'000'000ULL + static_cast<std::uint64_t>(i)))
            eventually([&] { return daemon.metric("enrichd_pending") < 1000; });
    }
    eventually([&] { return daemon.metric("enrichd_pending") == 0; }, std::chrono::minutes(2));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    row("100,000 new domains asked of the fake and cached", text("%.0f domains/s", domains / seconds));
    row("verdicts in the cache",
        text("%.0f", daemon.metric(R"(enrichd_provider_cache_entries{provider="domain_stats"})")));
    row("resident memory, idle", text("%.1f MB", static_cast<double>(idle) / 1024));
    row("resident memory with them",
        text("%.1f MB", static_cast<double>(resident_kilobytes(daemon.process().pid())) / 1024));
    row("of it the cache, by its own account",
        text("%.1f MB",
             daemon.metric(R"(enrichd_provider_cache_bytes{provider="domain_stats"})") / 1024 / 1024));
}

/// Counts the events in a daemon's file as they are appended: asking the daemon would cost it time.
class EventCount {
  public:
    explicit EventCount(const DaemonUnderTest& daemon) : path_(daemon.home() / "events.jsonl") {}
    std::size_t now() {
        if (!file_.is_open()) file_.open(path_, std::ios::binary);
        file_.clear();
        for (int size = 1; size > 0; size = static_cast<int>(file_.gcount())) {
            file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
            count_ +=
                static_cast<std::size_t>(std::count(buffer_.begin(), buffer_.begin() + file_.gcount(), '\n'));
        }
        return count_;
    }

  private:
    std::string path_;
    std::ifstream file_;
    std::array<char, 65'536> buffer_{};
    std::size_t count_ = 0;
};

/// Seconds from the first of `count` new suspicious domains to the last of their events.
double tell_new_domains(DaemonUnderTest& daemon, EventCount& events, int from, int count) {
    const std::size_t before = events.now();
    const auto start = Clock::now();
    for (int i = from; i < from + count; ++i)
        if (!hand_over(daemon.socket(), alert_for("www.new-number-" + std::to_string(i) + ".com"),
                       1'000'000'000ULL + static_cast<std::uint64_t>(i)))
            std::abort();
    eventually([&] { return events.now() >= before + static_cast<std::size_t>(count); },
               std::chrono::minutes(1));
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// `delay` is Domain Stats' own for each answer, on eight connections.
void measure_silent_otx(const char* server, std::chrono::milliseconds delay) {
    constexpr int batches = 30;
    constexpr int batch = 500;  // in all fewer than may wait for OTX
    const TempDir dir;
    write_file(dir / "key", enrichd::fakes::FakeOtx::key);
    std::filesystem::permissions(dir / "key", std::filesystem::perms::owner_read);
    enrichd::fakes::FakeOtx otx;
    otx.fail_always(enrichd::fakes::OtxFault::silence);
    enrichd::fakes::FakeDomainStats server_without;
    enrichd::fakes::FakeDomainStats server_with;
    server_without.delay(delay);
    server_with.delay(delay);
    DaemonUnderTest without(server_without.url());
    DaemonUnderTest with(server_with.url(),
                         "otx:\n  url: " + otx.url() + "\n  api_key_file: " + (dir / "key").string() + "\n");
    without.start();
    with.start();
    EventCount without_events(without);
    EventCount with_events(with);
    const long idle = resident_kilobytes(with.process().pid());
    std::vector<double> without_rates;
    std::vector<double> with_rates;
    std::vector<double> ratios;
    for (int i = 0; i < batches; ++i) {
        without_rates.push_back(batch / tell_new_domains(without, without_events, i * batch, batch));
        with_rates.push_back(batch / tell_new_domains(with, with_events, i * batch, batch));
        ratios.push_back(with_rates.back() / without_rates.back());
    }
    row((std::string("new domains told, ") + server + ", OTX off").c_str(),
        text("%.0f domains/s", median(without_rates)));
    row("the same while OTX never answers, in turn with it",
        text("%.0f domains/s, ratio %.2f", median(with_rates), median(ratios)));
    row("CPU of the daemon for each, off and silent",
        text("%.0f us, %.0f us", cpu_seconds(without.process().pid()) / batches / batch * 1e6,
             cpu_seconds(with.process().pid()) / batches / batch * 1e6));
    const double grown = static_cast<double>(resident_kilobytes(with.process().pid()) - idle);
    row("memory of 15,000 alerts that wait for OTX",
        text("%.1f MB, without OTX %.1f MB", grown / 1024,
             static_cast<double>(resident_kilobytes(without.process().pid()) - idle) / 1024));
}

}  // namespace
}  // namespace enrichd::test

int main() {
    using namespace enrichd::test;
    enrichd::fakes::FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    const long idle = resident_kilobytes(daemon.process().pid());
    daemon.shim(alert_for("www.known-site.com"));
    daemon.wait_for_events(1);
    std::printf(
        "| what                                                       | figure                             "
        "|\n");
    std::printf(
        "| ---------------------------------------------------------- | ---------------------------------- "
        "|\n");
    measure_shim(daemon);
    measure_hits(daemon);
    measure_memory(daemon, idle);
    measure_silent_otx("Domain Stats takes 5 ms", std::chrono::milliseconds(5));
    measure_silent_otx("Domain Stats takes no time", std::chrono::milliseconds(0));
    return 0;
}
