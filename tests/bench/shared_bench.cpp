// State that hosts share: what it costs an alert, what the server holds for a domain, and what more hosts
// bring.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/alert_maker.hpp"
#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "bench/hand_over_many.hpp"
#include "support/daemon_under_test.hpp"
#include "support/redis_server.hpp"
#include "support/sender.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

constexpr int clients = 8;
constexpr int new_domains = 4'000;
constexpr int known_alerts = 40'000;
constexpr std::uint64_t known_domains = 1'000;
constexpr const char* embedded =
    "domain_stats:\n  mode: embedded\n  embedded:\n    rdap: false\noutputs:\n  wazuh: false\n  file: "
    "/dev/null\n";

struct Host {
    explicit Host(const RedisServer* server, int number = 0)
        : daemon("", embedded + (server ? "shared:\n  url: " + server->url() + "\n  node: host" +
                                              std::to_string(number) + "\n"
                                        : std::string())) {
        daemon.start();
        if (server && !eventually([this] { return daemon.metric("enrichd_shared_connected") == 1; }))
            give_up("the server does not answer");
    }
    bool idle() const { return daemon.metric("enrichd_pending") == 0; }

    /// Microseconds of the daemon's CPU for each alert, and alerts a second.
    struct Cost {
        double cpu;
        double rate;
    };
    Cost send(const std::string& name, int count, std::uint64_t domains) {
        const double before = cpu_seconds(daemon.process().pid());
        const auto start = BenchClock::now();
        hand_over_many(daemon.socket(), clients, count, name, domains);
        if (!eventually([this] { return idle(); })) give_up("alerts do not end");
        const double rate = count / seconds_since(start);
        return {(cpu_seconds(daemon.process().pid()) - before) / count * 1e6, rate};
    }

    DaemonUnderTest daemon;
};

/// In turn, so that both have the same machine.
void with_and_without() {
    constexpr int rounds = 5;
    const RedisServer server;
    Host alone(nullptr);
    Host sharing(&server);
    std::vector<double> cpu_of_hits;
    std::vector<double> cpu_of_hits_alone;
    std::vector<double> cpu_of_misses;
    std::vector<double> cpu_of_misses_alone;
    std::vector<double> rate;
    std::vector<double> rate_alone;
    const std::string hit = "www.known-##########.com";
    for (Host* host : {&alone, &sharing}) host->send(hit, 8'000, known_domains);
    for (int i = 0; i < rounds; ++i) {
        const std::string miss = "www.new" + std::to_string(i) + "-##########.com";
        cpu_of_hits_alone.push_back(alone.send(hit, known_alerts, known_domains).cpu);
        cpu_of_hits.push_back(sharing.send(hit, known_alerts, known_domains).cpu);
        const Host::Cost without = alone.send(miss, new_domains, 1'000'000'000);
        const Host::Cost with = sharing.send(miss, new_domains, 1'000'000'000);
        cpu_of_misses_alone.push_back(without.cpu);
        cpu_of_misses.push_back(with.cpu);
        rate_alone.push_back(without.rate);
        rate.push_back(with.rate);
    }
    row("known domain, shared, against the same without", "",
        {median_of_ratios(cpu_of_hits, cpu_of_hits_alone), median(cpu_of_hits)});
    row("new domain, without shared state", text("%.0f alerts/s", median(rate_alone)),
        {0, median(cpu_of_misses_alone)});
    row("new domain, shared; ratio of CPU", text("%.0f alerts/s", median(rate)),
        {median_of_ratios(cpu_of_misses, cpu_of_misses_alone), median(cpu_of_misses)});
    if (!eventually([&] { return sharing.daemon.metric("enrichd_shared_behind") == 0; }))
        give_up("it stays behind");
    const double misses = rounds * new_domains + static_cast<double>(known_domains);
    const double commands = sharing.daemon.metric("enrichd_shared_commands_total{result=\"ok\"}");
    row("commands for a new domain, heartbeats included", text("%.2f", commands / misses));
    row("batches for a new domain",
        text("%.2f", sharing.daemon.metric("enrichd_shared_batches_total") / misses));
    const std::string info = server.says({"INFO", "memory"});
    const std::string empty = RedisServer().says({"INFO", "memory"});
    const auto used = [](const std::string& text_of) {
        return std::stod(text_of.substr(text_of.find("used_memory_dataset:") + 20));
    };
    row("memory of the server for a domain", text("%.0f bytes", (used(info) - used(empty)) / misses));
}

/// One alert in ten is about a new domain. The 99th percentile of how long a sender waited, in milliseconds.
double send_steadily(const DaemonUnderTest& daemon, std::chrono::seconds duration, int a_second) {
    AlertMaker known("www.known-##########.com");
    AlertMaker fresh("www.down-##########.com");
    std::vector<double> waited;
    auto next = BenchClock::now();
    const auto end = next + duration;
    for (std::uint64_t number = 1; next < end;
         ++number, next += std::chrono::microseconds(1'000'000 / a_second)) {
        std::this_thread::sleep_until(next);
        const std::uint64_t id = next_bench_alert++;
        const auto begun = BenchClock::now();
        const bool is_new = number % 10 == 0;
        if (!hand_over(daemon.socket(), is_new ? fresh(id, id) : known(id, number % known_domains), id))
            give_up("an alert was not taken");
        waited.push_back(seconds_since(begun) * 1e3);
    }
    const auto place = waited.begin() + static_cast<long>(waited.size() * 99 / 100);
    std::nth_element(waited.begin(), place, waited.end());
    return *place;
}

/// A host whose server is down, beside one that shares nothing. ENRICHD_BENCH_DOWN: for so many seconds.
void server_down() {
    constexpr int a_second = 1'000;
    const char* const given = std::getenv("ENRICHD_BENCH_DOWN");
    const std::chrono::seconds duration(given ? std::stol(given) : 20);
    RedisServer server;
    Host alone(nullptr);
    Host sharing(&server);
    for (Host* host : {&alone, &sharing}) host->send("www.known-##########.com", 8'000, known_domains);
    server.crash();
    const long before = resident_kilobytes(sharing.daemon.process().pid());
    const long before_alone = resident_kilobytes(alone.daemon.process().pid());
    double of_alone = 0;
    std::thread beside([&] { of_alone = send_steadily(alone.daemon, duration, a_second); });
    const double of_sharing = send_steadily(sharing.daemon, duration, a_second);
    beside.join();
    if (!eventually([&] { return sharing.idle(); })) give_up("alerts do not end");
    const auto grown = [](const Host& host, long from) {
        return megabytes(static_cast<double>(resident_kilobytes(host.daemon.process().pid()) - from));
    };
    row(text("server down for %ld s at 1,000 alerts/s: p99 of a sender's wait",
             static_cast<long>(duration.count())),
        text("%.2f ms", of_sharing), {of_sharing / of_alone, 0, grown(sharing, before)});
    row("without shared state, beside it", text("%.2f ms", of_alone), {0, 0, grown(alone, before_alone)});
    const double events = sharing.daemon.metric("enrichd_shared_first_contacts_total{outcome=\"alone\"}");
    row("first contacts that were decided alone, of those that were sent",
        text("%.0f of %.0f", events, static_cast<double>(duration.count()) * a_second / 10));
    server.start();
    const auto start = BenchClock::now();
    if (!eventually([&] {
            return sharing.daemon.metric("enrichd_shared_connected") == 1 &&
                   std::stod(server.says({"DBSIZE"})) >= events;
        }))
        give_up("the server does not get what it missed");
    row("until the server had all of them", text("%.1f s", seconds_since(start)));
}

/// All hosts are asked for new domains of their own at once.
void more_hosts() {
    for (const int count : {1, 2, 4}) {
        const RedisServer server;
        std::vector<std::unique_ptr<Host>> hosts;
        for (int i = 0; i < count; ++i) hosts.push_back(std::make_unique<Host>(&server, i));
        std::vector<double> rates(hosts.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < hosts.size(); ++i)
            threads.emplace_back([&, i] {
                rates[i] =
                    hosts[i]
                        ->send("www.of" + std::to_string(i) + "-##########.com", new_domains, 1'000'000'000)
                        .rate;
            });
        for (std::thread& thread : threads) thread.join();
        double sum = 0;
        for (const double one : rates) sum += one;
        row(text("new domains, %d hosts on this machine", count), text("%.0f alerts/s in all", sum));
    }
}

}  // namespace

void measure_shared() {
    head("state that hosts share, in redis-server on this machine");
    with_and_without();
    more_hosts();
    server_down();
}

}  // namespace enrichd::test
