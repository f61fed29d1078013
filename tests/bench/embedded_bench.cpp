#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "bench/figures.hpp"
#include "providers/embedded/frequency_table.hpp"
#include "providers/embedded/known_domains.hpp"
#include "support/daemon_under_test.hpp"
#include "support/http_client.hpp"

namespace enrichd::test {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

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
    const auto start = Clock::now();
    for (int i = 0; i < rounds; ++i)
        for (const std::string& name : names) sum += table.score(name).average;
    const double each = Seconds(Clock::now() - start).count() / rounds / static_cast<double>(names.size());
    row("both frequency scores of a well-known domain", text("%.0f ns", sum > 0 ? each * 1e9 : 0));
}

void measure_known() {
    const TempDir dir;
    std::ofstream list(dir / "list.csv");
    for (int i = 0; i < 1'000'000; ++i) list << i << ",some-domain-" << i << ".com\n";
    list.close();
    const auto start = Clock::now();
    const KnownDomains known = KnownDomains::load(dir / "list.csv").value();
    row("a list of 1,000,000 known domains, loaded in",
        text("%.2f s", Seconds(Clock::now() - start).count()));
    row("its memory", text("%.1f MB, %.1f bytes a domain", static_cast<double>(known.bytes()) / 1e6,
                           static_cast<double>(known.bytes()) / 1e6));
}

/// Each of eight clients asks for domains of its own, one after the other.
double first_contacts_a_second(std::uint16_t port) {
    constexpr int clients = 8;
    constexpr int each = 2'500;
    std::vector<std::thread> threads;
    const auto start = Clock::now();
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([=] {
            KeptClient client(port);
            for (int n = 0; n < each; ++n)
                client.get("/first-" + std::to_string(i) + "-" + std::to_string(n) + ".de");
        });
    for (std::thread& thread : threads) thread.join();
    return clients * each / Seconds(Clock::now() - start).count();
}

struct Wrk {
    double requests = 0;  // a second
    std::string p99;
};

/// 64 kept connections; `next` is Lua for the number of the domain that is asked for.
Wrk wrk(std::uint16_t port, const TempDir& dir, const std::string& next, int seconds) {
    write_file(dir / "ask.lua",
               "local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format(\"GET\", "
               "\"/www.domain-\" .. " +
                   next + " .. \".de\")\nend\n");
    const std::string command = "wrk -t1 -c64 -d" + std::to_string(seconds) + "s --latency -s " +
                                (dir / "ask.lua").string() + " http://127.0.0.1:" + std::to_string(port);
    Wrk out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    char line[256];
    while (pipe && std::fgets(line, sizeof line, pipe)) {
        std::istringstream words(line);
        std::string first;
        std::string second;
        words >> first >> second;
        if (first == "99%") out.p99 = second;
        if (first == "Requests/sec:") out.requests = std::stod(second);
    }
    if (pipe) ::pclose(pipe);
    return out;
}

void measure_interface() {
    const std::uint16_t port = free_port();
    DaemonUnderTest daemon("", "domain_stats:\n  mode: embedded\n  serve: 127.0.0.1:" + std::to_string(port) +
                                   "\n  embedded:\n    rdap: false\n");
    daemon.start();
    row("HTTP interface, first contacts, 8 clients", text("%.0f answers/s", first_contacts_a_second(port)));
    const TempDir dir;
    wrk(port, dir, "n % 100000", 10);  // from here on they are known
    const double cpu = cpu_seconds(daemon.process().pid());
    constexpr int seconds = 15;
    const Wrk known = wrk(port, dir, "math.random(0, 99999)", seconds);
    row("100,000 known domains, wrk, 64 kept connections",
        text("%.0f answers/s, p99 %s", known.requests, known.p99.c_str()));
    row("CPU of the daemon for each",
        text("%.1f us", (cpu_seconds(daemon.process().pid()) - cpu) / seconds / known.requests * 1e6));
    row("resident memory then",
        text("%.1f MB", static_cast<double>(resident_kilobytes(daemon.process().pid())) / 1024));
}

}  // namespace

void measure_embedded() {
    measure_scores();
    measure_known();
    measure_interface();
}

}  // namespace enrichd::test
