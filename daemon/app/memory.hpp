// What a run has learnt, for the next: verdicts into the caches, the zone of Domain Stats' times, the list of
// registries.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "asking/verdict_cache.hpp"
#include "stages/domain_stats/domain_stats.hpp"
#include "stages/domain_stats/domain_times.hpp"
#include "stages/domain_stats/embedded/rdap.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "stages/otx/otx_times.hpp"
#include "stages/otx/pulse_filter.hpp"
#include "stages/otx/reputation.hpp"
#include "store/domains.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

class Memory {
  public:
    Memory(Snapshot& snapshot, VerdictCache<PackedVerdict>& domain_stats_verdicts,
           VerdictCache<OtxVerdictPtr>& otx_verdicts)
        : snapshot_(snapshot), domain_stats_verdicts_(domain_stats_verdicts), otx_verdicts_(otx_verdicts) {}

    /// From here on what they learn is written down. (A verdict of Domain Stats is written with the alert
    /// that it was asked for.)
    void of(DomainStats& domain_stats);
    void of(Rdap& rdap) { rdap_ = &rdap; }
    void of(Domains& domains) { domains_ = &domains; }
    void of(Reputation& reputation);

    /// Verdicts on domains are forgotten when somebody else made them, or by other rules.
    void judged_by(std::string text) { judge_ = std::move(text); }
    bool judge_changed(std::string text);

    /// A verdict of OTX is what the filter left of an answer: those that another one made, or that came from
    /// another server, are forgotten.
    static std::string text_of(const PulseFilter& filter, const std::string& url);
    void otx_as(std::string text) { otx_ = std::move(text); }
    void otx_changed(std::string text);

    void keep_for(const DomainTimes& domains, const OtxTimes& otx) {
        domain_times_ = domains.all();
        otx_times_ = otx.all();
    }

    /// At the start, before anything is asked. May be called again after an error.
    task<error> restore();

    /// Keeps the list of registries current, until it is cancelled.
    task<void> keep_registries();

    /// Brings the caches within their bounds, a little at a time.
    task<void> shrink();

    /// Removes now and then what is out of date, until it is cancelled.
    task<void> tidy();

  private:
    task<error> restore_facts();
    task<error> restore_domains();
    task<error> restore_judge();
    enum class Put { kept, outlived, unread };
    template <class Verdict>
    static Put put_into(VerdictCache<Verdict>& cache, RememberedVerdict& one, Verdict verdict,
                        std::uint8_t kind, const Lifetimes& times, Clock::time_point now, WallTime today);
    template <class PutOne>
    task<error> restore_verdicts(std::string_view provider, const Lifetimes& times, PutOne put);
    void forget_outlived(std::string_view provider, const Lifetimes& times);
    void forget_zone();

    Snapshot& snapshot_;
    VerdictCache<PackedVerdict>& domain_stats_verdicts_;
    VerdictCache<OtxVerdictPtr>& otx_verdicts_;
    DomainStats* domain_stats_ = nullptr;
    std::string judge_;  // empty while Domain Stats is off
    Rdap* rdap_ = nullptr;
    Domains* domains_ = nullptr;
    std::string otx_;  // empty while OTX is off
    Lifetimes domain_times_ = DomainTimes().all();
    Lifetimes otx_times_ = OtxTimes().all();
};

}  // namespace enrichd
