#include "admin/metrics.hpp"

#include <chrono>
#include <cmath>

#include "admin/exposition.hpp"
#include "admin/health.hpp"
#include "admin/process.hpp"

namespace enrichd {
namespace {

void add_checks(Metrics& metrics, const View& view) {
    for (const Check& check : run_checks(view))
        metrics.gauge("check_status", "Health of each part as on /healthz: 0 ok, 1 degraded, 2 down.",
                      static_cast<int>(check.health), {{"check", check.name}});
}

/// Named as every Prometheus client names them.
void add_process(Metrics& metrics, double started) {
    const ProcessFigures now = process_figures();
    const auto add = [&](const char* name, const char* help, double value,
                         Metrics::Type type = Metrics::Type::gauge) {
        metrics.foreign_family(name, help, type).add(value);
    };
    add("process_resident_memory_bytes", "Resident memory.", static_cast<double>(now.resident_bytes));
    add("process_virtual_memory_bytes", "Virtual memory.", static_cast<double>(now.virtual_bytes));
    add("process_cpu_seconds_total", "User and system CPU time.", now.cpu_seconds, Metrics::Type::counter);
    add("process_open_fds", "Open file descriptors.", static_cast<double>(now.open_files));
    add("process_max_fds", "Largest allowed number of open file descriptors.",
        static_cast<double>(now.max_files));
    add("process_threads", "Number of threads.", static_cast<double>(now.threads));
    add("process_start_time_seconds", "Unix time at which the process started.", started);
}

}  // namespace

std::string metrics_text(const View& view) {
    Metrics metrics;
    metrics.gauge("build_info", "Always 1; the label is the version.", 1,
                  {{"version", std::string(view.version)}});
    const double started = std::floor(std::chrono::duration<double>(view.started.time_since_epoch()).count());
    metrics.gauge("start_time_seconds", "Unix time at which the daemon started.", started);
    for (const auto& part : view.parts) part->add_metrics(metrics);
    add_checks(metrics, view);
    add_process(metrics, started);
    return exposition(metrics);
}

}  // namespace enrichd
