// The report of the HTTP interface that serves Domain Stats' API.
#pragma once

#include "base/reporting.hpp"
#include "net/http_server.hpp"
#include "services/domain_stats_http/domain_stats_server.hpp"

namespace enrichd {

class ServedReport final : public Reporting {
  public:
    /// Both outlive it.
    ServedReport(const DomainStatsServer& server, const HttpServer& connections)
        : server_(server), connections_(connections) {}

    void add_metrics(Metrics& metrics) const override;

  private:
    const DomainStatsServer& server_;
    const HttpServer& connections_;
};

}  // namespace enrichd
