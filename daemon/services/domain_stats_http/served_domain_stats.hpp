// The HTTP interface of Domain Stats with its listener.
#pragma once

#include <boost/asio/io_context.hpp>

#include "net/http_server.hpp"
#include "pipeline/service.hpp"
#include "services/domain_stats_http/domain_stats_server.hpp"
#include "services/domain_stats_http/served_report.hpp"
#include "stages/domain_stats/domain_stats_component.hpp"

namespace enrichd {

class ServedDomainStats final : public Service {
  public:
    /// All outlive it; the domain check is on. `clients` has the sessions.
    ServedDomainStats(asio::io_context& io, Tasks& clients, DomainStatsComponent& domain_stats,
                      Domains& domains, const GateOptions& gate);

    void configure(const GateOptions& gate) override { server_.configure(gate); }
    void add_reports(Reports& reports) const override;

    HttpServer& listener() override { return listener_; }

  private:
    DomainStatsServer server_;
    HttpServer listener_;
};

}  // namespace enrichd
