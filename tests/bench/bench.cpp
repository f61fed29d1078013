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

#include "bench/figures.hpp"
#include "enrich/enricher.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_otx.hpp"
#include "net/http_client.hpp"
#include "proto/wire.h"
#include "providers/domain_stats.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/run.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

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
    std::vector<std::string> alerts;
    for (int i = 0; i < count; ++i) alerts.push_back(alert_for("www.known-site.com", std::to_string(i)));
    const pid_t pid = daemon.process().pid();
    const double cpu = cpu_seconds(pid);
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i)
        if (!hand_over(daemon.socket(), alerts[static_cast<std::size_t>(i)],
                       1'000'000ULL + static_cast<std::uint64_t>(i)))
            std::abort();
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

/// Counts events and throws them away.
class Nowhere final : public Sink {
  public:
    std::vector<Undelivered> deliver(Event) override {
        ++events;
        return {};
    }
    bool behind() const override { return false; }
    std::size_t events = 0;
};

/// The miss path in this process, with a state file or without: everything but the intake's socket.
class MissPath {
  public:
    MissPath(const fakes::FakeDomainStats& server, const TempDir* state, bool full_sync) {
        HttpClientOptions http;
        http.upstream.host = "127.0.0.1";
        http.upstream.port = server.port();
        http.connections = 8;
        http_.emplace(io_, lookup_, http);
        domain_stats_.emplace(*http_, DomainStatsOptions{});
        verdicts_.emplace(io_, tasks_, cache_, *domain_stats_, VerdictsOptions{});
        enricher_.ask(*verdicts_);
        if (!state) return;
        database_.emplace(io_, DatabaseOptions{*state / "enrichd.db", full_sync});
        outbox_.emplace(*database_);
        journal_.emplace(*database_, *outbox_, 1'000'000);
        if (!enrichd::test::run(io_, journal_->load())) std::abort();
        enricher_.keep_in(*journal_);
    }
    /// Seconds from the first of `count` new domains to the end of all their alerts, 64 at a time as the
    /// intake has connections.
    double run(const std::string& kind, int from, int count) {
        next_ = from;
        const int end = from + count;
        const auto start = Clock::now();
        for (int i = 0; i < 64; ++i) tasks_.spawn("caller", caller(kind, end));
        enrichd::test::run(io_, tasks_.drained(Clock::now() + std::chrono::minutes(5)));
        return std::chrono::duration<double>(Clock::now() - start).count();
    }

  private:
    task<void> caller(std::string kind, int end) {
        while (next_ < end) {
            const std::string number = std::to_string(next_++);
            const std::string name = std::string("www.new-").append(kind).append(number).append(".com");
            Job job{{number, {"001", "pc-17", "10.0.0.1"}, name}, Clock::now()};
            const bool done = co_await enricher_.trip(job);
            if (!done) std::abort();
        }
    }

    asio::io_context io_{1};
    Tasks tasks_{io_};
    Lookup lookup_{io_};
    VerdictCache<DomainStatsVerdict> cache_{CacheOptions{}};
    std::optional<HttpClient> http_;
    std::optional<DomainStats> domain_stats_;
    std::optional<Verdicts> verdicts_;
    Nowhere sink_;
    Enricher enricher_{sink_, EnricherOptions{}};
    std::optional<Database> database_;
    std::optional<Outbox> outbox_;
    std::optional<Journal> journal_;
    int next_ = 0;
};

void measure_journal(const char* server_is, std::chrono::milliseconds delay, int batch) {
    constexpr int batches = 20;
    fakes::FakeDomainStats server;
    server.delay(delay);
    const TempDir normal_state;
    const TempDir full_state;
    MissPath without(server, nullptr, false);
    MissPath normal(server, &normal_state, false);
    MissPath full(server, &full_state, true);
    std::vector<double> rates;
    std::vector<double> normal_ratios;
    std::vector<double> full_ratios;
    for (int i = 0; i < batches; ++i) {
        const double alone = without.run("a", i * batch, batch);
        rates.push_back(batch / alone);
        normal_ratios.push_back(alone / normal.run("b", i * batch, batch));
        full_ratios.push_back(alone / full.run("c", i * batch, batch));
    }
    row((std::string("new domains, ") + server_is + ", no journal").c_str(),
        text("%.0f alerts/s", median(rates)));
    row("with the journal, sync normal and full, in turn with it",
        text("ratio %.2f and %.2f", median(normal_ratios), median(full_ratios)));
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
    measure_journal("Domain Stats takes 5 ms", std::chrono::milliseconds(5), 1'000);
    measure_journal("Domain Stats takes no time", std::chrono::milliseconds(0), 5'000);
    measure_silent_otx("Domain Stats takes 5 ms", std::chrono::milliseconds(5));
    measure_silent_otx("Domain Stats takes no time", std::chrono::milliseconds(0));
    measure_embedded();
    return 0;
}
