// The report of the files that are followed.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "sources/files/files.hpp"

namespace enrichd {

class FilesReport final : public Reporting {
  public:
    /// `files` outlives it.
    explicit FilesReport(const Files& files) : files_(files) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;
    void add_totals(Totals& totals) const override;

  private:
    const Files& files_;
};

}  // namespace enrichd
