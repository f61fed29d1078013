// The report of what becomes of alerts.
#pragma once

#include "base/reporting.hpp"
#include "enrich/enricher.hpp"

namespace enrichd {

class EnricherReport final : public Reporting {
  public:
    /// `enricher` outlives it.
    explicit EnricherReport(const Enricher& enricher) : enricher_(enricher) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_totals(Totals& totals) const override;

  private:
    const Enricher& enricher_;
};

/// Adds to the family of rejected alerts, which all sources share.
void add_rejected(Metrics& metrics, const Tally& by_reason);

}  // namespace enrichd
