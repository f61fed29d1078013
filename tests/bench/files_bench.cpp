// Followed files: alerts whose verdict is known, lines that are no DNS alerts, a backlog at the start, and a
// minute of 20,000 alerts a second.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bench/bench.hpp"
#include "bench/following_daemon.hpp"
#include "bench/integration.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

std::string alerts(std::size_t count) {
    AlertMaker make(known_name);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += make(next_bench_alert++, 0);
    return out;
}

/// Figures of one way in, measured alternately with others.
struct Way {
    std::vector<double> rates{};
    std::vector<double> cpu{};

    template <class Bring>
    void take(FollowingDaemon& here, std::size_t count, const Bring& bring) {
        const double cpu_before = cpu_seconds(here.pid());
        const auto start = BenchClock::now();
        bring();
        here.wait_for_events(count);
        rates.push_back(static_cast<double>(count) / seconds_since(start));
        cpu.push_back((cpu_seconds(here.pid()) - cpu_before) / static_cast<double>(count) * 1e6);
    }
};

void known_names() {
    constexpr std::size_t rounds = 11;
    constexpr std::size_t many = 8'000;
    constexpr std::size_t few = 200;  // a process each
    FollowingDaemon here;
    GrowingFile file(here.file());
    here.start();
    here.wait_for_events(0);
    Way by_file;
    Way one_client;
    Way four_clients;
    Way by_shim;
    const std::string socket = here.daemon().socket();
    const std::string alert = here.daemon().home() / "bench.alert";
    const Integration shim{ENRICH_SHIM_PROGRAM, "ENRICHD_SOCKET=" + socket};
    for (std::size_t i = 0; i < rounds; ++i) {
        const std::string batch = alerts(many);
        by_file.take(here, many, [&] { file.append(batch); });
        one_client.take(here, many, [&] { hand_over_many(socket, 1, many, known_name, 1); });
        four_clients.take(here, many, [&] { hand_over_many(socket, 4, many, known_name, 1); });
        AlertMaker make(known_name);
        by_shim.take(here, few, [&] {
            for (std::size_t n = 0; n < few; ++n) {
                write_file(alert, make(next_bench_alert++, 0));
                shim.run_on(alert);
            }
        });
    }
    const auto line = [&](const std::string& what, const Way& way) {
        row(what, text("%.0f alerts/s", median(way.rates)),
            {median_of_ratios(way.rates, by_shim.rates), median(way.cpu),
             megabytes(static_cast<double>(resident_kilobytes(here.pid())))});
    };
    line("by the shim, one program an alert, one after the other", by_shim);
    line("by the socket, one client, measured alternately with it", one_client);
    line("by the socket, four clients, the same", four_clients);
    line("by the file, the same", by_file);
    row("its CPU for each alert, as a share of the socket's with four clients", "",
        {median_of_ratios(by_file.cpu, four_clients.cpu)});
    row("its CPU for each alert, as a share of the socket's with one client", "",
        {median_of_ratios(by_file.cpu, one_client.cpu)});
}

void other_lines() {
    constexpr std::size_t rounds = 7;
    constexpr std::uint64_t bytes = 300'000'000;
    std::vector<double> per_second;
    std::vector<double> per_cpu;
    std::vector<double> lines;
    std::vector<double> lines_per_cpu;
    for (std::size_t i = 0; i < rounds; ++i) {
        FollowingDaemon here;
        const std::filesystem::path from = here.file().string() + ".made";
        const MadeFile made = make_file(from, bytes, 0);
        here.start();
        const Reading reading = read_all(here, from, made);
        per_second.push_back(static_cast<double>(made.bytes) / megabyte / reading.seconds);
        per_cpu.push_back(static_cast<double>(made.bytes) / megabyte / reading.cpu);
        lines.push_back(static_cast<double>(made.lines) / reading.seconds);
        lines_per_cpu.push_back(static_cast<double>(made.lines) / reading.cpu);
    }
    row("lines that are not about DNS, 300 MB",
        text("%.0f MB/s, %.0f lines/s", median(per_second), median(lines)), {0, 1e6 / median(lines_per_cpu)});
    row("the same for each second of CPU",
        text("%.0f MB, %.0f lines", median(per_cpu), median(lines_per_cpu)));
}

void backlog() {
    constexpr std::uint64_t bytes = 1'000'000'000;
    FollowingDaemon here;
    here.start();
    const long idle = peak_kilobytes(here.pid());
    here.daemon().stop();
    const MadeFile made = make_file(here.file().string() + ".made", bytes, 100);
    std::filesystem::rename(here.file().string() + ".made", here.file());
    const auto start = BenchClock::now();
    here.daemon().start();
    here.wait_for_events(made.alerts);
    const double seconds = seconds_since(start);
    row(text("start with 1 GB unread, %zu of %zu lines DNS alerts with an event", made.alerts, made.lines),
        text("%.1f s, %.0f MB/s", seconds, static_cast<double>(made.bytes) / megabyte / seconds),
        {0, cpu_seconds(here.pid()) / static_cast<double>(made.lines) * 1e6,
         megabytes(static_cast<double>(peak_kilobytes(here.pid())))});
    row("the same daemon, started on nothing", "", {0, 0, megabytes(static_cast<double>(idle))});
}

/// A writer that keeps to its rate, as long as the machine lets it.
void a_minute() {
    constexpr std::size_t rate = 20'000;
    constexpr std::size_t seconds = 60;
    constexpr auto step = 5ms;
    constexpr std::size_t each = rate / 200;
    FollowingDaemon here;
    GrowingFile file(here.file());
    here.start();
    std::atomic<bool> ended = false;
    std::atomic<std::size_t> unhealthy = 0;
    double longest_lag = 0;
    std::thread watcher([&] {
        while (!ended) {
            if (!here.daemon().get("/healthz").starts_with(R"({"status":"ok")")) ++unhealthy;
            longest_lag = std::max(longest_lag, here.daemon().metric("enrichd_file_lag_seconds{file=\"" +
                                                                     here.file().string() + "\"}"));
            std::this_thread::sleep_for(500ms);
        }
    });
    AlertMaker make(known_name);
    const double cpu_before = cpu_seconds(here.pid());
    const auto start = BenchClock::now();
    std::size_t written = 0;
    std::size_t before = here.queue().count();
    for (std::string batch; written < rate * seconds; batch.clear()) {
        for (std::size_t i = 0; i < each; ++i) batch += make(next_bench_alert++, 0);
        file.append(batch);
        written += each;
        std::this_thread::sleep_until(start + step * (written / each));
    }
    const double writing = seconds_since(start);
    const std::size_t behind = written - (here.queue().count() - before);
    here.wait_for_events(written);
    const double all = seconds_since(start);
    const double cpu = cpu_seconds(here.pid()) - cpu_before;
    std::this_thread::sleep_for(1s);
    ended = true;
    watcher.join();
    const std::size_t came = here.queue().count() - before;
    row(text("%zu alerts/s for %zu s into a file, an event each", rate, seconds),
        text("%zu of %zu events", came, written),
        {0, cpu / static_cast<double>(written) * 1e6,
         megabytes(static_cast<double>(peak_kilobytes(here.pid())))});
    row(text("written in %.1f s, all events after %.2f s more", writing, all - writing),
        text("%zu behind at the end", behind));
    row("longest time away from the end of the file", text("%.2f s", longest_lag));
    row("looks at health that were not ok", text("%zu", unhealthy.load()));
    if (came != written) give_up("events are missing or came twice");
}

}  // namespace

void measure_files() {
    head("followed files: alerts whose verdict is known, each with an event");
    known_names();
    head("followed files: lines that are no DNS alerts");
    other_lines();
    backlog();
    measure_other_tailers();
    head("followed files: end to end");
    a_minute();
}

}  // namespace enrichd::test
