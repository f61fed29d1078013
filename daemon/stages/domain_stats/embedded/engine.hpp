// Domain Stats' judgement without its server: frequency scores, first contacts that the state file remembers,
// ages from the registries, and a list of domains that are treated as established.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "pipeline/known_names.hpp"
#include "shared/first_contacts.hpp"
#include "stages/domain_stats/embedded/domain_age.hpp"
#include "stages/domain_stats/embedded/frequency_table.hpp"
#include "stages/domain_stats/embedded/name_model.hpp"
#include "stages/domain_stats/embedded/rdap.hpp"
#include "stages/domain_stats/embedded/shared_ages.hpp"
#include "stages/domain_stats/provider.hpp"
#include "store/domains.hpp"

namespace enrichd {

struct EngineOptions {
    bool by_model = true;     // else by the two thresholds of the table's scores
    double model_fpr = 0.01;  // false-alarm rate of SUSPECT-FREQ-SCORE by the model; a tenth of it is that of
                              // LOW-FREQ-SCORES
    double average_alert = 5.0;  // an average score below is suspect
    double word_alert = 4.0;     // and so is a word score below; both together are LOW-FREQ-SCORES
    DomainAgeOptions age;
    bool operator==(const EngineOptions&) const = default;
};

class Engine final : public Provider {
  public:
    using Now = std::function<WallTime()>;

    Engine(FrequencyTable table, EngineOptions options);

    void configure(EngineOptions options);

    /// Without it no contact is the first, and no age is kept.
    void remember_in(Domains& domains) { domains_ = &domains; }
    /// Domains that are treated as established. Without it none is.
    void know(const KnownNames& known) { known_ = &known; }
    /// Without it no age is known.
    void ask(Rdap& rdap) { rdap_ = &rdap; }
    /// Ages are those of all hosts that share state. After ask(Rdap&).
    void share(SharedState& shared) {
        contacts_ = &shared.contacts();
        if (rdap_) ages_.emplace(shared, *rdap_);
    }
    void tell_time_by(Now now) { now_ = std::move(now); }

    /// Errors: those of the state file. What the registry does not know is no error: the category is
    /// UNKNOWN then, and the rest of the answer counts.
    task<result<DomainStatsAnswer>> ask(const HostName& name, Ticket& ticket) override;

    task<result<void>> probe() override;

  private:
    void score(std::string_view domain, bool is_known, DomainStatsVerdict& verdict) const;
    int alarms(std::string_view letters, const FrequencyScores& scores) const;
    bool still_good(const KnownAge& age, WallTime now) const;
    task<KnownAge> age_of(std::string domain, KnownAge age, const Ticket& ticket, DomainStatsAnswer& answer);

    FrequencyTable table_;
    NameModel model_ = NameModel::built_in();
    int suspect_score_ = 0;  // of the model
    int low_score_ = 0;
    const KnownNames* known_ = nullptr;
    EngineOptions options_;
    Domains* domains_ = nullptr;
    SharedContacts* contacts_ = nullptr;
    std::optional<SharedAges> ages_;
    Rdap* rdap_ = nullptr;
    Now now_ = [] { return wall_seconds(WallClock::now()); };
};

}  // namespace enrichd
