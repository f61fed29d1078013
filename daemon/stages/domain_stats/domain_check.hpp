// The stage that every alert goes through: is its domain new, seen for the first time or random-looking?
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "asking/notices.hpp"
#include "base/log.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/stage.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "store/open_ages.hpp"

namespace enrichd {

struct DomainCheckOptions {
    std::chrono::milliseconds error_event_every = std::chrono::minutes(1);  // for each cause of an outage
    std::size_t in_memory = 1'000;  // alerts that wait for an answer; more wait in the journal
    bool operator==(const DomainCheckOptions&) const = default;
};

class DomainCheck final : public Stage {
  public:
    static constexpr std::string_view stage_name = Verdicts::provider_name;

    /// An outage is reported to the pipeline's outputs.
    DomainCheck(Verdicts& verdicts, Pipeline& pipeline);

    void configure(const DomainCheckOptions& options);

    /// Domains whose age is not known yet are written down there, to be asked for again.
    void keep_ages_in(OpenAges& ages) { ages_ = &ages; }

    std::string_view name() const override { return stage_name; }
    bool wants(const Job& job) const override { return job.rank != Suspicion::requested; }
    std::optional<Findings> known(const HostName& name, const Job& job) override;
    task<result<Findings>> ask(const HostName& name, Job& job) override;
    void filter(const GateOptions& gate) override { verdicts_.filter(gate); }
    std::size_t room() const override;
    bool may_begin(std::size_t waiting) const override { return room() > 0 && waiting == 0; }
    std::optional<Clock::time_point> deferred(const HostName& name, Job& job) override {
        return verdicts_.deferred_until(name, job);
    }
    bool notes_asking() const override { return true; }
    void was_asked(const HostName& name, WallTime when) override { verdicts_.was_asked(name, when); }

  private:
    std::optional<OpenAge> open_age(const HostName& name, const Job& job, const DomainStatsAnswer& answer);
    Findings given_up(const HostName& name, const Job& job, const error& failure);
    void report_outage(const Alert& alert, const error& failure);

    Verdicts& verdicts_;
    Pipeline& pipeline_;
    OpenAges* ages_ = nullptr;
    DomainCheckOptions options_;
    Notices notices_;
    std::uint64_t alerts_given_up_ = 0;
    log::Limit given_up_;
    log::Limit ages_refused_;
};

/// What an answer about a domain means for an alert.
Findings findings_of(const Job& job, std::string_view domain, const DomainStatsAnswer& answer);

}  // namespace enrichd
