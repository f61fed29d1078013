// New domains: how much of what its Domain Stats server can do enrichd gets out of it.
#include "bench/alert_maker.hpp"
#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "bench/queue_reader.hpp"
#include "bench/wrk.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "support/daemon_under_test.hpp"
#include "support/sender.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

/// Answers a second while so many new domains are asked for. Health asks too, once in a while.
double ask(DaemonUnderTest& daemon, const fakes::FakeDomainStats& server, std::uint64_t first, int count) {
    const std::uint64_t wanted = server.answers() + static_cast<std::uint64_t>(count);
    AlertMaker make("www.miss-##########.com");
    const auto start = BenchClock::now();
    for (std::uint64_t id = first; id < first + static_cast<std::uint64_t>(count); ++id)
        // Until there is room: the shim would have spooled it.
        if (!eventually([&] { return hand_over(daemon.socket(), make(id, id), id); }))
            give_up("an alert was not taken");
    if (!eventually([&] { return server.answers() >= wanted; }, 60s)) give_up("answers did not come");
    return count / seconds_since(start);
}

void against_wrk(const char* server_is, std::chrono::milliseconds delay, int connections, int count) {
    constexpr int rounds = 5;
    const TempDir wazuh;
    const QueueReader queue(wazuh.path());
    fakes::FakeDomainStats server;
    server.delay(delay);
    DaemonUnderTest daemon(server.url(),
                           "wazuh:\n  home: " + wazuh.path().string() +
                               "\noutputs:\n  wazuh: true\ndomain_stats:\n  url: " + server.url() +
                               "\n  connections: " + std::to_string(connections) + "\n");
    daemon.start();
    std::vector<double> rates;
    std::vector<double> of_wrk;
    std::vector<double> ratios;
    std::vector<double> cpu;
    std::uint64_t next = 1;
    for (int i = 0; i < rounds; ++i) {
        of_wrk.push_back(wrk({server.port(), connections, 2, "n"}).requests);
        const double before = cpu_seconds(daemon.process().pid());
        rates.push_back(ask(daemon, server, next, count));
        cpu.push_back((cpu_seconds(daemon.process().pid()) - before) / count * 1e6);
        next += static_cast<std::uint64_t>(count);
        ratios.push_back(rates.back() / of_wrk.back());
    }
    row(text("%s, %d connections: enrichd", server_is, connections), text("%.0f answers/s", median(rates)),
        {median(ratios), median(cpu),
         megabytes(static_cast<double>(resident_kilobytes(daemon.process().pid())))});
    row("wrk, in turn with it", text("%.0f answers/s", median(of_wrk)));
}

}  // namespace

void measure_misses() {
    head("alerts for new domains: the share of Domain Stats' own capacity");
    against_wrk("answers in 5 ms", 5ms, 8, 3'000);
    against_wrk("answers in 20 ms", 20ms, 32, 3'000);
}

}  // namespace enrichd::test
