#include "stages/bursts/bursts_report.hpp"

#include <nlohmann/json.hpp>

namespace enrichd {

void BurstsReport::add_metrics(Metrics& metrics) const {
    metrics.gauge("nxdomain_askers",
                  "Programs of agents that asked lately for domains that do not exist, in memory.",
                  stage_.missing().askers());
    metrics.gauge("tunnel_pairs", "Agents and domains whose long host names are counted, in memory.",
                  stage_.carried().pairs());
}

void BurstsReport::add_status(StatusJson& status) const {
    status["bursts"] = {{"nxdomain_askers", stage_.missing().askers()},
                        {"tunnel_pairs", stage_.carried().pairs()}};
}

}  // namespace enrichd
