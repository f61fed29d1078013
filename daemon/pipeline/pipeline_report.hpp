// The report of what becomes of alerts.
#pragma once

#include "base/reporting.hpp"
#include "pipeline/pipeline.hpp"

namespace enrichd {

class PipelineReport final : public Reporting {
  public:
    /// `pipeline` outlives it.
    explicit PipelineReport(const Pipeline& pipeline) : pipeline_(pipeline) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_totals(Totals& totals) const override;

  private:
    const Pipeline& pipeline_;
};

/// Adds to the family of rejected alerts, which all sources share.
void add_rejected(Metrics& metrics, const Counters& by_reason);

}  // namespace enrichd
