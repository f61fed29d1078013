#include "admin/operation_report.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

#include "base/units.hpp"

namespace enrichd {

void OperationReport::add_metrics(Metrics& metrics) const {
    metrics.gauge("config_last_reload_successful",
                  "1 if the last reload of the configuration succeeded, else 0.", reloads_.last_good ? 1 : 0);
    metrics.gauge("config_last_reload_success_timestamp_seconds",
                  "Unix time of the last successful load of the configuration.",
                  reloads_.last_success.time_since_epoch().count());
    Metrics::Family& reloads = metrics.family(
        "config_reloads_total", "Reloads of the configuration, by result.", Metrics::Type::counter);
    reloads.add(static_cast<double>(reloads_.good), {{"result", "ok"}});
    reloads.add(static_cast<double>(reloads_.failed), {{"result", "failed"}});
    Metrics::Family& control =
        metrics.family("control_requests_total", "Requests on the admin socket, by verb and result.",
                       Metrics::Type::counter);
    for (const auto& [verb, results] : control_.requests)
        control.add(results, "result", {{"verb", std::string(verb)}});
    const HttpServerCounts& pages = pages_.counts();
    Metrics::Family& requests = metrics.family(
        "admin_http_requests_total", "Requests at admin.listen, by result.", Metrics::Type::counter);
    requests.add(static_cast<double>(pages.requests - pages.bad_requests - pages.without_password),
                 {{"result", "answered"}});
    requests.add(static_cast<double>(pages.bad_requests), {{"result", "bad"}});
    requests.add(static_cast<double>(pages.without_password), {{"result", "without_password"}});
    std::uint64_t failures = 0;
    for (const Tasks* tasks : tasks_) failures += tasks->failures();
    metrics.counter("task_failures_total", "Internal tasks that ended with an exception; each is a bug.",
                    failures);
}

void OperationReport::add_status(StatusJson& status) const {
    status["configuration"] = {{"last", to_iso_date(reloads_.last)},
                               {"good", reloads_.last_good},
                               {"errors", reloads_.errors},
                               {"reloads", reloads_.good + reloads_.failed},
                               {"failed_reloads", reloads_.failed},
                               {"last_success", to_iso_date(reloads_.last_success)},
                               {"restart_keys", reloads_.restart_keys}};
}

void OperationReport::add_checks(std::vector<Check>& checks) const {
    Check socket{"admin_socket"};
    socket.advice = "Remove what keeps it from being opened; it is tried each second.";
    if (!trouble_.empty()) {
        socket.health = Health::degraded;
        socket.detail = trouble_;
    }
    checks.push_back(std::move(socket));
    Check configuration{"configuration"};
    configuration.advice = "enrichd check names each mistake; then enrichd reload.";
    configuration.runbook = "EnrichdConfigReloadFailed";
    if (!reloads_.last_good) {
        configuration.health = Health::degraded;
        configuration.detail =
            "the last reload was refused and the old configuration is in effect; the log says why";
    }
    checks.push_back(std::move(configuration));
}

}  // namespace enrichd
