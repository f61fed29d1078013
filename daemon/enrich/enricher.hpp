// The trip of one alert, from its name to its events.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "base/log.hpp"
#include "base/tally.hpp"
#include "enrich/job.hpp"
#include "enrich/reputation.hpp"
#include "enrich/sink.hpp"
#include "enrich/verdicts.hpp"
#include "net/tasks.hpp"
#include "policy/gate.hpp"
#include "policy/notices.hpp"
#include "store/journal.hpp"

namespace enrichd {

struct EnricherOptions {
    GateOptions gate;
    std::chrono::milliseconds error_event_every = std::chrono::minutes(1);  // for each cause of an outage
    bool otx_always = false;  // else OTX hears only of what gave an event
    std::chrono::milliseconds otx_retry_for = std::chrono::hours(24);  // how long an alert waits for OTX
    std::size_t in_hand = 1'000;  // alerts that wait for Domain Stats in memory; more wait in the journal
    bool operator==(const EnricherOptions&) const = default;
};

struct EnricherCounts {
    Tally rejected;      // by what is wrong with the name
    Tally gated;         // by why the name must not be looked up
    Histogram duration;  // from taken to finished
    std::uint64_t finished = 0;
    std::uint64_t given_up = 0;  // of these, without an answer of Domain Stats
};

class Enricher {
  public:
    Enricher(Sink& sink, EnricherOptions options);

    /// From whom verdicts come. Without this nobody is asked, and alerts end at the gate.
    void ask(Verdicts& verdicts);

    /// What OTX knows is asked here. Without this it is not asked.
    void ask(Reputation& reputation);

    /// Where alerts are kept that have to wait. Without this they are in memory alone.
    void keep_in(Journal& journal) { journal_ = &journal; }

    /// Called when an alert was left to the journal, or one that waited in memory leaves room.
    void on_backlog(std::function<void()> call) { on_backlog_ = std::move(call); }

    void configure(EnricherOptions options);

    /// As much of the trip as needs no wait. True when that was all, which most alerts end with: then the
    /// alert is finished, and nobody is told. Else trip() goes on from there.
    bool at_once(Job& job);

    /// The whole trip; `job` outlives it, and is settled when this returns. True when the alert is finished.
    /// Else it waits in the journal, or was cancelled there, or could not be kept and was not safe.
    task<bool> trip(Job& job);

    /// Domains whose age is not known yet are written down there, to be asked for again.
    void keep_ages_in(OpenAges& ages) { ages_ = &ages; }

    /// The name, when it is one and may leave the machine; else that is counted.
    std::optional<HostName> acceptable(Job& job);

    /// A second event for an alert: its domain turns out to be new. False when it cannot be told now.
    bool report_late(Job& job, const DomainStatsAnswer& answer);

    /// How many more alerts may wait for Domain Stats in memory, or for OTX.
    std::size_t room(WaitsFor what) const;

    /// An alert of an earlier run waits, whose question was put on the wire.
    void was_asked(const KeptAlert& kept);

    std::chrono::milliseconds otx_retry_for() const { return options_.otx_retry_for; }
    const GateOptions& gate() const { return options_.gate; }

    const EnricherCounts& counts() const { return counts_; }

  private:
    bool filtered(Job& job, const HostName& name);
    task<bool> whole_trip(Job& job);
    std::optional<HostName> left_to_ask(Job& job);
    std::optional<DomainStatsAnswer> known_answer(Job& job, const HostName& name);
    bool suspicious(const DomainStatsAnswer& answer) const;
    task<bool> ask_domain_stats(Job& job, const HostName& name);
    task<bool> ask_otx(Job& job, const HostName& name);
    task<bool> keep(Job& job, bool in_hand, std::optional<Clock::time_point> due = {});
    task<bool> finish(Job& job);
    void count_finished(const Job& job);
    void given_up(Job& job, const error& failure);
    task<void> put_off(Job& job, Clock::time_point due);
    void put_back(const Job& job, std::optional<Clock::time_point> due = {});
    void note_judged(Job& job, Suspicion suspicion);
    void note_open_age(Job& job, const HostName& name, const DomainStatsAnswer& answer);
    bool tell(Job& job, std::span<Event> events);
    void tell_outage(const Alert& alert, const error& failure);
    void note_backlog() const;

    Sink& sink_;
    Verdicts* verdicts_ = nullptr;
    Reputation* reputation_ = nullptr;
    Journal* journal_ = nullptr;
    OpenAges* ages_ = nullptr;
    EnricherOptions options_;
    std::function<void()> on_backlog_;
    Notices notices_;
    log::Limit refusals_;
    log::Limit given_up_;
    log::Limit ages_refused_;
    EnricherCounts counts_;
};

}  // namespace enrichd
