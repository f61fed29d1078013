#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "bench/wrk.hpp"
#include "stages/domain_stats/embedded/frequency_table.hpp"
#include "stages/lists/list_loader.hpp"
#include "support/daemon_under_test.hpp"
#include "support/free_port.hpp"
#include "support/http_client.hpp"

namespace enrichd::test {
namespace {

std::vector<std::string> well_known() {
    std::ifstream in(std::string(ENRICHD_TEST_DATA) + "/well_known_domains.txt");
    std::vector<std::string> names;
    for (std::string line; std::getline(in, line);)
        if (!line.starts_with('#')) names.push_back(line);
    return names;
}

void measure_scores() {
    const FrequencyTable table = FrequencyTable::built_in();
    const auto names = well_known();
    constexpr int rounds = 1'000;
    double sum = 0;
    const auto start = BenchClock::now();
    for (int i = 0; i < rounds; ++i)
        for (const std::string& name : names) sum += table.score(name).average;
    const double each = seconds_since(start) / rounds / static_cast<double>(names.size());
    row("both frequency scores of a domain", text("%.1f million/s", sum > 0 ? 1e-6 / each : 0),
        {0, each * 1e6});
}

void measure_known() {
    const TempDir dir;
    std::ofstream list(dir / "list.csv");
    for (int i = 0; i < 1'000'000; ++i) list << i << ",some-domain-" << i << ".com\n";
    list.close();
    const auto start = BenchClock::now();
    ListConfig config;
    config.from = dir / "list.csv";
    config.action = ListAction::known;
    const auto loaded = list_loader::load_file(config, {}, nullptr);
    const NameIndex& known = *loaded->list->read->index;
    row("a list of 1,000,000 known domains, loaded in", text("%.2f s", seconds_since(start)));
    row("a domain of that list, 22.9 bytes of it its own text",
        text("%.1f bytes", static_cast<double>(known.bytes()) / 1e6),
        {0, 0, megabytes(static_cast<double>(known.bytes()) / 1024)});
}

constexpr int clients = 8;
constexpr int each = 2'500;
constexpr int asked = clients * each;

/// Each of eight clients asks for domains of its own, one after the other.
double first_contacts_a_second(std::uint16_t port) {
    std::vector<std::thread> threads;
    const auto start = BenchClock::now();
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([=] {
            KeptClient client(port);
            for (int n = 0; n < each; ++n)
                client.get("/first-" + std::to_string(i) + "-" + std::to_string(n) + ".de");
        });
    for (std::thread& thread : threads) thread.join();
    return asked / seconds_since(start);
}

void measure_interface() {
    const std::uint16_t port = free_port();
    DaemonUnderTest daemon("", "domain_stats:\n  mode: embedded\n  serve: 127.0.0.1:" + std::to_string(port) +
                                   "\n  embedded:\n    rdap: false\n");
    daemon.start();
    double cpu = cpu_seconds(daemon.process().pid());
    const double first_contacts = first_contacts_a_second(port);
    row("HTTP interface, first contacts, 8 clients", text("%.0f answers/s", first_contacts),
        {0, (cpu_seconds(daemon.process().pid()) - cpu) / asked * 1e6,
         megabytes(static_cast<double>(resident_kilobytes(daemon.process().pid())))});
    for (int i = 0; daemon.metric("enrichd_domains_seen") < asked + 100'000; ++i) {
        if (i == 10) give_up("100,000 domains could not be made known");
        wrk({port, 64, 5, "n % 100000"});
    }
    cpu = cpu_seconds(daemon.process().pid());
    constexpr int seconds = 15;
    const WrkResult known = wrk({port, 64, seconds, "math.random(0, 99999)"});
    row("HTTP interface, 100,000 known domains, wrk with 64 kept connections",
        text("%.0f/s, p99 %s", known.requests, known.p99.c_str()),
        {0, (cpu_seconds(daemon.process().pid()) - cpu) / seconds / known.requests * 1e6,
         megabytes(static_cast<double>(resident_kilobytes(daemon.process().pid())))});
}

}  // namespace

void measure_embedded() {
    head("the embedded engine");
    measure_scores();
    measure_known();
    measure_interface();
}

}  // namespace enrichd::test
