// The report of the lists.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "stages/lists/lists.hpp"
#include "stages/lists/retro_match.hpp"

namespace enrichd {

class ListsReport final : public Reporting {
  public:
    /// Both outlive it; `retro` may be null.
    ListsReport(const Lists& lists, const RetroMatch* retro) : lists_(lists), retro_(retro) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;

  private:
    const Lists& lists_;
    const RetroMatch* retro_;
};

/// One list, for `enrichd lists` and the status.
StatusJson to_json(const ListKeeper& list);

}  // namespace enrichd
