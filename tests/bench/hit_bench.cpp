// Alerts whose verdict is known, against a program that only does what cannot be left out (floor.c).
#include <array>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "bench/alert_maker.hpp"
#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "bench/queue_reader.hpp"
#include "bench/rival.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_otx.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "store/snapshot.hpp"
#include "support/daemon_under_test.hpp"
#include "support/verdicts.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

/// With OTX each alert asks for what OTX says too, which is known as well.
void against_floor(int clients, bool with_otx) {
    constexpr int rounds = 21;
    constexpr int count = 4'000;
    const TempDir wazuh;
    const QueueReader queue(wazuh.path());
    fakes::FakeDomainStats server;
    fakes::FakeOtx otx;
    DaemonUnderTest daemon(server.url(),
                           wazuh_alone(wazuh.path()) + (with_otx ? otx.section(wazuh.path()) : ""));
    daemon.start();
    const std::string known = "www.new-known.com";  // each of its alerts is told
    Rival enrichd{daemon.socket(), daemon.process().pid()};
    hand_over_many(enrichd.socket, 1, 1, known, 1);
    eventually([&] { return daemon.metric("enrichd_pending") == 0; });
    hand_over_many(enrichd.socket, clients, count, known, 1);
    must_be_told(queue, 1 + count);

    const std::string intake = (wazuh / "floor.sock").string();
    Command command;
    command.program = FLOOR_PROGRAM;
    command.arguments = {"floor", intake, queue.path().string(), std::to_string(queue.bytes())};
    command.output = wazuh / "floor.log";
    const Child program(command);
    Rival floor{intake, program.pid()};
    eventually([&] { return hand_over(intake, "x", 1); });
    for (int i = 0; i < rounds; ++i) {
        floor.take(clients, count, known, 1);
        enrichd.take(clients, count, known, 1);
    }
    must_be_told(queue, 1 + count + 2 * rounds * count);
    const std::string how = (clients == 1 ? "one client" : std::to_string(clients) + " clients") +
                            (with_otx ? ", OTX asked too" : "");
    row("hit path, " + how, text("%.0f alerts/s", median(enrichd.rates)),
        {median_of_ratios(enrichd.rates, floor.rates), median(enrichd.cpu),
         megabytes(static_cast<double>(resident_kilobytes(enrichd.pid)))});
    row("the floor, in turn with it", text("%.0f alerts/s", median(floor.rates)), {0, median(floor.cpu)});
    row("its CPU for each alert, as a share of the floor's", "", {median_of_ratios(enrichd.cpu, floor.cpu)});
}

/// Two builds of the daemon alternately, each alert with an event.
void against_other(const std::string& program, int clients, bool with_otx) {
    constexpr std::size_t rounds = 41;
    constexpr int count = 4'000;
    const std::string known = "www.new-known.com";
    fakes::FakeDomainStats server;
    fakes::FakeOtx otx;
    const std::array<TempDir, 2> homes;
    std::array<QueueReader, 2> queues{QueueReader{homes[0].path()}, QueueReader{homes[1].path()}};
    std::vector<std::unique_ptr<DaemonUnderTest>> daemons;
    std::vector<Rival> rivals;
    for (std::size_t i = 0; i < 2; ++i) {
        auto& daemon = *daemons.emplace_back(std::make_unique<DaemonUnderTest>(
            server.url(), wazuh_alone(homes[i].path()) + (with_otx ? otx.section(homes[i].path()) : "")));
        if (i == 1) daemon.program = program;
        daemon.start();
        rivals.push_back({daemon.socket(), daemon.process().pid()});
        hand_over_many(rivals[i].socket, 1, 1, known, 1);
        eventually([&] { return daemon.metric("enrichd_pending") == 0; });
        hand_over_many(rivals[i].socket, clients, count, known, 1);
    }
    for (std::size_t i = 0; i < rounds; ++i)
        for (const std::size_t which : {i % 2, (i + 1) % 2}) rivals[which].take(clients, count, known, 1);
    for (const QueueReader& queue : queues) must_be_told(queue, 1 + (1 + rounds) * count);
    const std::string how = (clients == 1 ? "one client" : std::to_string(clients) + " clients") +
                            (with_otx ? ", OTX asked too" : "");
    row("hit path, " + how, text("%.0f alerts/s", median(rivals[0].rates)),
        {median_of_ratios(rivals[0].rates, rivals[1].rates), median(rivals[0].cpu)});
    row("the other build, measured alternately", text("%.0f alerts/s", median(rivals[1].rates)),
        {0, median(rivals[1].cpu)});
    row("its CPU for each alert, as a share of the other build's", "",
        {median_of_ratios(rivals[0].cpu, rivals[1].cpu)});
}

/// The bytes of a verdict's texts and of its key's.
std::size_t bytes_of_strings(const DomainStatsVerdict& verdict, std::string_view key) {
    std::size_t sum = key.size() + verdict.category.size() + verdict.seen_by_isc.size() +
                      verdict.seen_by_web.size() + verdict.seen_by_you.size();
    for (const std::string& one : verdict.alerts) sum += one.size();
    return sum;
}

std::string domain_of(std::uint64_t number) {
    return text("new-%010llu.com", static_cast<unsigned long long>(number));
}

/// A daemon that knows so many verdicts from its state file.
class FullCache {
  public:
    FullCache(const fakes::FakeDomainStats& server, std::uint64_t domains)
        : daemon_(server.url(), wazuh_alone(wazuh_.path()) + "cache:\n  entries: 2000000\n"),
          domains_(domains) {
        daemon_.start();
        daemon_.stop();
        fill();
        const auto start = BenchClock::now();
        const std::string warm = alert_for("www." + domain_of(0) + "");
        auto starting = std::async(std::launch::async, [this] { daemon_.start(); });
        while (!hand_over(daemon_.socket(), warm, 1)) std::this_thread::yield();
        start_seconds_ = seconds_since(start);
        starting.get();
        resident_ = resident_kilobytes(daemon_.process().pid());
    }
    Rival rival() { return {daemon_.socket(), daemon_.process().pid()}; }
    std::uint64_t domains() const { return domains_; }
    double start_seconds() const { return start_seconds_; }
    std::size_t told() const { return queue_.count(); }
    long resident() const { return resident_; }
    double cached() const {
        return daemon_.metric(R"(enrichd_provider_cache_entries{provider="domain_stats"})");
    }

  private:
    void fill() {
        StateFile file;
        file.open(daemon_.state() / "enrichd.db");
        const std::string body = PackedVerdict(typical_verdict()).bytes();
        const WallTime expires = wall_seconds(WallClock::now() + std::chrono::hours(24));
        file.script("BEGIN");
        for (std::uint64_t i = 0; i < domains_; ++i)
            Snapshot::put(file, {Verdicts::provider_name, domain_of(i), body, expires});
        file.script("COMMIT");
        if (file.failure()) give_up("a state file could not be filled: " + file.failure().message());
    }

    TempDir wazuh_;
    QueueReader queue_{wazuh_.path()};
    DaemonUnderTest daemon_;
    std::uint64_t domains_;
    double start_seconds_ = 0;
    long resident_ = 0;
};

}  // namespace

void measure_growth() {
    constexpr int rounds = 15;
    constexpr int count = 4'000;
    head("growth: the hit path with 1,000, 100,000 and 1,000,000 verdicts");
    fakes::FakeDomainStats server;
    std::array<FullCache, 3> caches{FullCache{server, 1'000}, FullCache{server, 100'000},
                                    FullCache{server, 1'000'000}};
    std::array<Rival, 3> rivals{caches[0].rival(), caches[1].rival(), caches[2].rival()};
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < rivals.size(); ++i)
            rivals[i].take(1, count, "www.new-##########.com", caches[i].domains());
    for (const FullCache& cache : caches) {
        if (cache.cached() < static_cast<double>(cache.domains())) give_up("not all verdicts are known");
        if (!eventually([&] { return cache.told() >= rounds * count; })) give_up("alerts were not told");
    }
    for (std::size_t i = 0; i < rivals.size(); ++i)
        row(text("hits in a cache of %.0f, one client", caches[i].cached()),
            text("%.0f alerts/s", median(rivals[i].rates)),
            {median_of_ratios(rivals[i].cpu, rivals[0].cpu), median(rivals[i].cpu),
             megabytes(static_cast<double>(caches[i].resident()))});
    const double each = static_cast<double>(caches[2].resident() - caches[0].resident()) * 1024 / 999'000;
    const std::size_t strings = bytes_of_strings(typical_verdict(), domain_of(0));
    row("resident memory for each verdict", text("%.0f bytes, %zu texts", each, strings), {});
    row("the same beyond its texts", text("%.0f bytes", each - static_cast<double>(strings)));
    for (const FullCache& cache : caches)
        row(text("from the start to the first alert answered, %.0f verdicts known", cache.cached()),
            text("%.3f s", cache.start_seconds()));
}

void measure_hits() {
    head("alerts whose verdict is in the cache, each with an event");
    if (const char* const other = std::getenv("ENRICHD_BENCH_OTHER")) {
        for (const auto& [clients, with_otx] : {std::pair(1, false), std::pair(4, false), std::pair(1, true)})
            against_other(other, clients, with_otx);
        return;
    }
    against_floor(1, false);
    against_floor(4, false);
    against_floor(1, true);
}

}  // namespace enrichd::test
