#include "services/domain_stats_http/served_domain_stats.hpp"

#include <chrono>
#include <memory>

namespace enrichd {
namespace {

DomainStatsServer::Stats stats_of(const DomainStatsComponent& domain_stats) {
    const auto& cache = domain_stats.cache();
    DomainStatsServer::Stats now{cache.hits(), cache.misses(), 0, 0, cache.bytes()};
    const Rdap* const rdap = domain_stats.rdap();
    if (rdap) now.rdap_good = rdap->counts().requests["ok"];
    if (rdap) now.rdap_fail = rdap->counts().requests.total() - now.rdap_good;
    return now;
}

HttpServerOptions listener_options() {
    HttpServerOptions options{"domain stats session"};
    options.max_connections = 500;  // each may wait for an answer, and alerts need places too
    options.patience = std::chrono::seconds(60);
    options.private_pages = false;
    return options;
}

}  // namespace

ServedDomainStats::ServedDomainStats(asio::io_context& io, Tasks& clients, DomainStatsComponent& domain_stats,
                                     Domains& domains, const GateOptions& gate)
    : server_(domain_stats.verdicts(), domains, gate, [&domain_stats] { return stats_of(domain_stats); }),
      listener_(io, clients, server_, listener_options()) {}

void ServedDomainStats::add_reports(Reports& reports) const {
    reports.push_back(std::make_unique<ServedReport>(server_, listener_));
}

}  // namespace enrichd
