// The report of the domain check, whether Domain Stats or the embedded engine does it.
#pragma once

#include <vector>

#include "base/reporting.hpp"
#include "net/http_client.hpp"
#include "stages/domain_stats/embedded/engine.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "store/domains.hpp"
#include "store/open_ages.hpp"

namespace enrichd {

class DomainCheckReport final : public Reporting {
  public:
    /// All outlive it.
    struct Parts {
        const Verdicts& verdicts;
        const VerdictCache<PackedVerdict>& cache;
        const Domains& domains;
        const HttpClient* http = nullptr;  // null when the engine is embedded
        const Engine* engine = nullptr;    // null when it is not
        const Rdap* rdap = nullptr;        // with the engine, unless it is off
        const OpenAges& open_ages;         // with the registries
    };
    explicit DomainCheckReport(const Parts& parts) : parts_(parts) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;
    void add_totals(Totals& totals) const override;

  private:
    Parts parts_;
};

}  // namespace enrichd
