// The report of the lists.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "stages/lists/lists.hpp"

namespace enrichd {

class ListsReport final : public Reporting {
  public:
    /// `lists` outlives it.
    explicit ListsReport(const Lists& lists) : lists_(lists) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;

  private:
    const Lists& lists_;
};

/// One list, for `enrichd lists` and the status.
StatusJson to_json(const ListKeeper& list);

}  // namespace enrichd
