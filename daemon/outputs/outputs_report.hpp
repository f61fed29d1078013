// The report of all outputs.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "outputs/outputs.hpp"
#include "store/journal.hpp"

namespace enrichd {

class OutputsReport final : public Reporting {
  public:
    /// Both outlive it.
    OutputsReport(const Outputs& outputs, const Journal& journal) : outputs_(outputs), journal_(journal) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;
    void add_totals(Totals& totals) const override;

  private:
    const Outputs& outputs_;
    const Journal& journal_;
};

}  // namespace enrichd
