// Lists: 1.3 million names, what they cost an alert, and a list that is replaced every second.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "bench/alert_maker.hpp"
#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "bench/queue_reader.hpp"
#include "bench/rival.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "stages/lists/list_loader.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

constexpr int names_of_large_list = 1'300'000;

/// Names as such lists have them: 12 to 28 letters, a third of them with a label before the domain.
std::string listed_name(std::uint64_t number) {
    std::minstd_rand random(static_cast<std::uint32_t>(number * 2'654'435'761U + 1));
    std::string name(8 + random() % 14, 'a');
    for (char& c : name) c = static_cast<char>('a' + random() % 26);
    if (number % 3 == 0) name.insert(name.size() / 2, ".");
    return name + std::to_string(number % 10) + (number % 2 == 0 ? ".com" : ".top");
}

std::string write_names(const std::filesystem::path& file, int count, const std::string& more = {}) {
    std::ofstream out(file);
    out << more;
    for (int i = 0; i < count; ++i) out << listed_name(static_cast<std::uint64_t>(i)) << "\n";
    return file.string();
}

double nanoseconds(BenchClock::duration time) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

/// Each look-up by itself, of different names; what reading the clock costs is taken off.
void measure_look_ups(const NameIndex& index, bool listed) {
    const auto names_of_list = static_cast<std::uint64_t>(index.size());
    constexpr std::uint64_t count = 400'000;
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t number = i * 7'919'999 % names_of_list;
        names.push_back(listed ? listed_name(number) : "www.other-" + listed_name(number));
    }
    std::vector<double> clock_alone;
    std::vector<double> times;
    std::size_t found = 0;
    std::string name;
    for (const std::string& each : names) {
        name = each;  // in the cache, as that of an alert which was just parsed
        const auto start = BenchClock::now();
        const auto between = BenchClock::now();
        found += index.find(NameSuffixes(name)).has_value() ? 1 : 0;
        const auto end = BenchClock::now();
        clock_alone.push_back(nanoseconds(between - start));
        times.push_back(nanoseconds(end - between));
    }
    if (found != (listed ? count : 0)) give_up("a name was judged wrongly");
    const double clock = median(clock_alone);
    std::sort(times.begin(), times.end());
    row(text("a look-up in %.0f names of one that is %slisted, median", static_cast<double>(names_of_list),
             listed ? "" : "not "),
        text("%.0f ns", times[count / 2] - clock));
    row("the same, 99 of 100 take no longer than", text("%.0f ns", times[count * 99 / 100] - clock));
}

void measure_large_list(const std::string& file) {
    std::vector<double> seconds;
    list_loader::Fresh last;
    ListConfig config;
    config.from = file;
    for (int round = 0; round < 5; ++round) {
        const auto start = BenchClock::now();
        auto loaded = list_loader::load_file(config, {}, nullptr);
        seconds.push_back(seconds_since(start));
        if (!loaded) give_up("the list was not loaded: " + loaded.error().message());
        last = *std::move(loaded);
    }
    const NameIndex& index = *last.list->read->index;
    const auto count = static_cast<double>(index.size());
    const double text_bytes = static_cast<double>(std::filesystem::file_size(file)) / names_of_large_list - 1;
    row(text("a list of %.0f names, loaded in (median of five)", count), text("%.2f s", median(seconds)));
    row(text("memory of a name, %.1f bytes of it its text", text_bytes),
        text("%.1f bytes", static_cast<double>(index.bytes()) / count),
        {0, 0, megabytes(static_cast<double>(index.bytes()) / 1024)});
    NameIndex small;  // it stays in the processor's cache: what the look-up costs without waiting for memory
    for (std::uint64_t i = 0; i < 1'000; ++i) small.add(listed_name(i), suffix_listing);
    small.finish();
    for (const NameIndex* each : {&index, static_cast<const NameIndex*>(&small)}) {
        measure_look_ups(*each, false);
        measure_look_ups(*each, true);
    }
}

void measure_hit_path(const std::string& file) {
    constexpr int rounds = 21;
    constexpr int count = 4'000;
    const TempDir wazuh_without;
    const TempDir wazuh_with;
    const QueueReader queue_without(wazuh_without.path());
    const QueueReader queue_with(wazuh_with.path());
    fakes::FakeDomainStats server;
    DaemonUnderTest without(server.url(), wazuh_alone(wazuh_without.path()));
    DaemonUnderTest with(server.url(), wazuh_alone(wazuh_with.path()) +
                                           "lists:\n  - name: large\n    from: " + file +
                                           "\n    action: label\n");
    without.start();
    with.start();
    const std::string known = "www.new-known.com";
    Rival plain{without.socket(), without.process().pid()};
    Rival listed{with.socket(), with.process().pid()};
    for (Rival* each : {&plain, &listed}) hand_over_many(each->socket, 1, 1, known, 1);
    eventually([&] { return without.metric("enrichd_pending") + with.metric("enrichd_pending") == 0; });
    for (int i = 0; i < rounds; ++i) {
        plain.take(1, count, known, 1);
        listed.take(1, count, known, 1);
    }
    must_be_told(queue_without, 1 + rounds * count);
    must_be_told(queue_with, 1 + rounds * count);
    row("hit path without lists, one client", text("%.0f alerts/s", median(plain.rates)),
        {0, median(plain.cpu)});
    row("the same with the list, in turn with it", text("%.0f alerts/s", median(listed.rates)),
        {median_of_ratios(listed.cpu, plain.cpu), median(listed.cpu),
         megabytes(static_cast<double>(resident_kilobytes(listed.pid)))});
}

/// Alerts of three kinds at a steady rate, in threads of their own.
class SteadyAlerts {
  public:
    static constexpr int clients = 4;
    static constexpr int each_10_ms = 25;  // of a client: 10,000 a second in all

    explicit SteadyAlerts(std::string socket) : socket_(std::move(socket)) {}

    void send(int seconds) {
        std::vector<std::thread> threads;
        for (int i = 0; i < clients; ++i) threads.emplace_back([=, this] { client(seconds * 100); });
        for (std::thread& thread : threads) thread.join();
    }

    std::atomic<std::size_t> sent = 0;
    std::atomic<std::size_t> always = 0;
    std::atomic<int> refused = 0;

  private:
    void client(int turns) {
        AlertMaker always_listed("www.always-site.com");
        AlertMaker never_listed("www.never-site.com");
        AlertMaker sometimes_listed("www.sometimes-site.com");
        auto next = BenchClock::now();
        for (int turn = 0; turn < turns; ++turn) {
            for (int i = 0; i < each_10_ms; ++i) {
                const std::uint64_t id = next_bench_alert++;
                AlertMaker& make = i == 0 ? always_listed : i == 1 ? sometimes_listed : never_listed;
                if (!hand_over(socket_, make(id, 0), id)) ++refused;
                always += i == 0 ? 1 : 0;
                ++sent;
            }
            next += std::chrono::milliseconds(10);
            std::this_thread::sleep_until(next);
        }
    }

    std::string socket_;
};

/// Every second the file is another one: one that has sometimes-site.com, and one that has not.
void measure_swaps() {
    constexpr int seconds = 30;
    constexpr int names = 100'000;
    const TempDir dir;
    const std::string file = (dir / "list").string();
    const auto replace = [&](bool with_both) {
        const std::string more = std::string("always-site.com\n") + (with_both ? "sometimes-site.com\n" : "");
        std::filesystem::rename(write_names(dir / "new", names, more), file);
    };
    replace(true);
    DaemonUnderTest daemon("",
                           "domain_stats:\n  mode: off\nlists:\n  - name: swapped\n    from: " + file + "\n");
    daemon.start();
    SteadyAlerts alerts(daemon.socket());
    std::atomic<bool> ended = false;
    int swaps = 0;
    std::thread swapping([&] {
        for (; !ended; std::this_thread::sleep_for(std::chrono::seconds(1))) {
            replace(swaps++ % 2 == 0);
            daemon.verb({"lists", "reload"});
        }
    });
    const auto start = BenchClock::now();
    alerts.send(seconds);
    const double took = seconds_since(start);
    ended = true;
    swapping.join();
    eventually([&] { return daemon.metric("enrichd_pending") == 0; });
    const auto count = static_cast<std::size_t>(daemon.metric("enrichd_alert_duration_seconds_count"));
    const auto in_time =
        static_cast<std::size_t>(daemon.metric(R"(enrichd_alert_duration_seconds_bucket{le="0.05"})"));
    if (alerts.refused > 0 || count != alerts.sent) give_up("an alert was lost");
    std::size_t always = 0;
    std::size_t never = 0;
    for (const auto& event : daemon.events()) {
        const std::string query = event["event"]["list"]["query"];
        always += query == "www.always-site.com" ? 1 : 0;
        never += query == "www.never-site.com" ? 1 : 0;
    }
    if (never > 0 || always != alerts.always) give_up("an alert was misjudged");
    row(text("%zu alerts while a list of 100,000 names was replaced %d times", count, swaps),
        text("%.0f alerts/s", static_cast<double>(count) / took));
    row("of them lost, or judged by neither the old nor the new list", text("%d", 0));
    row("of them finished later than 50 ms", text("%zu", count - in_time));
}

}  // namespace

void measure_lists() {
    head("lists");
    const TempDir dir;
    const std::string file = write_names(dir / "large", names_of_large_list);
    measure_large_list(file);
    measure_hit_path(file);
    measure_swaps();
}

}  // namespace enrichd::test
