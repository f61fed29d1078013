// The report of the intake socket.
#pragma once

#include <string>
#include <vector>

#include "base/reporting.hpp"
#include "sources/intake_socket/intake.hpp"
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

}  // namespace enrichd
