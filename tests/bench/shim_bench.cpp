// The shim as Wazuh's integrator runs it: one program an alert, one after the other.
#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "bench/integration.hpp"
#include "bench/queue_reader.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

void against_empty(const DaemonUnderTest& daemon) {
    const std::string file = daemon.home() / "bench.alert";
    const Integration shim{ENRICH_SHIM_PROGRAM, "ENRICHD_SOCKET=" + daemon.socket().string()};
    const Integration empty{EMPTY_PROGRAM, ""};
    std::vector<double> shim_times;
    std::vector<double> empty_times;
    std::vector<double> ratios;
    const double cpu = cpu_seconds(daemon.process().pid());
    constexpr int count = 4'000;
    for (int i = 0; i < count; ++i) {
        write_file(file, alert_for("www.known-site.com", "shim-" + std::to_string(i)));
        empty_times.push_back(empty.run_on(file));
        shim_times.push_back(shim.run_on(file));
        ratios.push_back(shim_times.back() / empty_times.back());
    }
    row("the shim, median of 4,000", text("%.0f us", median(shim_times)),
        {median(ratios), (cpu_seconds(daemon.process().pid()) - cpu) / count * 1e6});
    row("an empty static program, in turn with it", text("%.0f us", median(empty_times)));
    row("size of the shim",
        text("%zu bytes", static_cast<std::size_t>(std::filesystem::file_size(shim.program))));
}

/// A caller that runs one integration after the other. The Python one asks the same Domain Stats server,
/// which takes no time, for each alert, by one library or another.
void against_python(const DaemonUnderTest& daemon, const fakes::FakeDomainStats& server,
                    const QueueReader& queue, const std::string& library) {
    const std::string file = daemon.home() / "bench.alert";
    const Integration shim{ENRICH_SHIM_PROGRAM, "ENRICHD_SOCKET=" + daemon.socket().string()};
    const Integration python{PYTHON_INTEGRATION,
                             "BENCH=" + server.url() + " " + queue.path().string() + " " + library};
    double shim_seconds = 0;
    double python_seconds = 0;
    constexpr int rounds = 10;
    constexpr int of_python = 5;
    constexpr int of_shim = 500;
    const auto serial = [&](const Integration& one, int count, int& number) {
        double seconds = 0;
        for (int i = 0; i < count; ++i) {
            write_file(file, alert_for("new-known.com", library + std::to_string(number++)));
            seconds += one.run_on(file) / 1e6;
        }
        return seconds;
    };
    int number = 0;
    const std::size_t before = queue.count();
    for (int i = 0; i < rounds; ++i) {
        python_seconds += serial(python, of_python, number);
        shim_seconds += serial(shim, of_shim, number);
    }
    const std::size_t told = static_cast<std::size_t>(rounds) * (of_python + of_shim);
    if (!eventually([&] { return queue.count() >= before + told; }))
        give_up(text("%zu of %zu alerts were told", queue.count() - before, told));
    const double shim_rate = rounds * of_shim / shim_seconds;
    const double python_rate = rounds * of_python / python_seconds;
    row("a serial caller, by the shim", text("%.0f alerts/s", shim_rate), {shim_rate / python_rate});
    row("the same by a Python program an alert, with " + library + ", in turn with it",
        text("%.1f alerts/s", python_rate));
}

}  // namespace

void measure_shim() {
    head("the shim, run as Wazuh runs it");
    const TempDir wazuh;
    const QueueReader queue(wazuh.path());
    const fakes::FakeDomainStats server;
    DaemonUnderTest daemon(server.url(),
                           "wazuh:\n  home: " + wazuh.path().string() + "\noutputs:\n  wazuh: true\n");
    daemon.start();
    row("the daemon, idle", "",
        {0, 0, megabytes(static_cast<double>(resident_kilobytes(daemon.process().pid())))});
    daemon.shim(alert_for("www.known-site.com"));
    daemon.shim(alert_for("new-known.com"));
    eventually([&] { return queue.count() == 2; });
    against_empty(daemon);
    against_python(daemon, server, queue, "requests");
    against_python(daemon, server, queue, "urllib");
}

}  // namespace enrichd::test
