// The report of the stage of bursts.
#pragma once

#include "base/reporting.hpp"
#include "stages/bursts/bursts_stage.hpp"

namespace enrichd {

class BurstsReport final : public Reporting {
  public:
    /// `stage` outlives it.
    explicit BurstsReport(const BurstsStage& stage) : stage_(stage) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;

  private:
    const BurstsStage& stage_;
};

}  // namespace enrichd
