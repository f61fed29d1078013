// The report of the state file and of what waits in it.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "store/asked_names.hpp"
#include "store/database.hpp"
#include "store/journal.hpp"
#include "store/outbox.hpp"
#include "store/prevalence.hpp"

namespace enrichd {

class StateReport final : public Reporting {
  public:
    /// All outlive it.
    StateReport(const Database& database, const Journal& journal, const Outbox& outbox,
                const Prevalence& prevalence, const AskedNames& asked_names)
        : database_(database),
          journal_(journal),
          outbox_(outbox),
          prevalence_(prevalence),
          asked_names_(asked_names) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;

  private:
    static const char* advice_about(const error& trouble);

    const Database& database_;
    const Journal& journal_;
    const Outbox& outbox_;
    const Prevalence& prevalence_;
    const AskedNames& asked_names_;
};

}  // namespace enrichd
