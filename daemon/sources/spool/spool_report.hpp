// The report of the spool.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "sources/spool/spool.hpp"

namespace enrichd {

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

}  // namespace enrichd
