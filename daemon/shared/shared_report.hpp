// The report of the state that hosts share.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "shared/shared_state.hpp"

namespace enrichd {

class SharedReport final : public Reporting {
  public:
    /// It outlives this.
    explicit SharedReport(const SharedState& shared) : shared_(shared) {}

    /// Nothing at all while it is off.
    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;

  private:
    const SharedState& shared_;
};

}  // namespace enrichd
