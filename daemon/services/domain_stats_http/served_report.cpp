#include "services/domain_stats_http/served_report.hpp"

namespace enrichd {

void ServedReport::add_metrics(Metrics& metrics) const {
    metrics
        .family("served_requests_total",
                "Requests to the HTTP interface that serves Domain Stats' API, by result.",
                Metrics::Type::counter)
        .add(server_.requests(), "result");
    metrics.gauge("served_connections",
                  "Open connections to the HTTP interface that serves Domain Stats' API.",
                  connections_.connections());
    metrics.counter(
        "served_connections_refused_total",
        "Connections to the HTTP interface of Domain Stats' API closed because there were too many.",
        connections_.counts().turned_away);
}

}  // namespace enrichd
