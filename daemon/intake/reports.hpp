// The reports of the ways in: the socket, the spool, the HTTP interface.
#pragma once

#include <string>
#include <vector>

#include "base/reporting.hpp"
#include "intake/domain_stats_server.hpp"
#include "intake/intake.hpp"
#include "intake/spool.hpp"
#include "net/http_server.hpp"
#include "store/journal.hpp"

namespace enrichd {

class IntakeReport final : public Reporting {
  public:
    /// All outlive it. `trouble`: what is wrong with the socket's file, in words; empty when nothing is.
    IntakeReport(const Intake& intake, const Journal& journal, const std::string& trouble)
        : intake_(intake), journal_(journal), trouble_(trouble) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;
    void add_totals(Totals& totals) const override;

  private:
    const Intake& intake_;
    const Journal& journal_;
    const std::string& trouble_;
};

class SpoolReport final : public Reporting {
  public:
    /// `spool` outlives it.
    explicit SpoolReport(const Spool& spool) : spool_(spool) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;
    void add_totals(Totals& totals) const override;

  private:
    const Spool& spool_;
};

/// Of the HTTP interface that serves Domain Stats' API.
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
