// The report of the check against OTX.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "net/http_client.hpp"
#include "stages/otx/reputation.hpp"
#include "store/journal.hpp"

namespace enrichd {

class OtxReport final : public Reporting {
  public:
    /// All outlive it.
    OtxReport(const Reputation& reputation, const VerdictCache<OtxVerdictPtr>& cache, const HttpClient& http,
              const Journal& journal)
        : reputation_(reputation), cache_(cache), http_(http), journal_(journal) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;
    void add_totals(Totals& totals) const override;

  private:
    Counters dropped() const;

    const Reputation& reputation_;
    const VerdictCache<OtxVerdictPtr>& cache_;
    const HttpClient& http_;
    const Journal& journal_;
};

}  // namespace enrichd
