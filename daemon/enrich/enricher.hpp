// The trip of one alert, from its name to its events.
#pragma once

#include "base/tally.hpp"
#include "enrich/job.hpp"
#include "enrich/reputation.hpp"
#include "enrich/sink.hpp"
#include "enrich/verdicts.hpp"
#include "net/tasks.hpp"
#include "policy/gate.hpp"
#include "policy/notices.hpp"

namespace enrichd {

struct EnricherOptions {
    GateOptions gate;
    std::chrono::milliseconds error_event_every = std::chrono::minutes(1);  // for each cause of an outage
    bool otx_always = false;  // else OTX hears only of what gave an event
    std::chrono::milliseconds otx_retry_for = std::chrono::hours(24);  // how long an alert waits for OTX
    bool operator==(const EnricherOptions&) const = default;
};

struct EnricherCounts {
    Tally rejected;      // by what is wrong with the name
    Tally gated;         // by why the name must not be looked up
    Histogram duration;  // from taken to finished
    std::uint64_t finished = 0;
};

class Enricher {
  public:
    Enricher(Tasks& tasks, Sink& sink, EnricherOptions options);

    /// From whom verdicts come. Without this nobody is asked, and alerts end at the gate.
    void ask(Verdicts& verdicts);

    /// What OTX knows is asked here. Without this it is not asked.
    void ask(Reputation& reputation) { reputation_ = &reputation; }

    void configure(EnricherOptions options);

    /// The whole trip. True when the alert is finished, false when it was cancelled on the way. `job`
    /// outlives it.
    task<bool> trip(Job& job);

    const EnricherCounts& counts() const { return counts_; }

  private:
    std::optional<HostName> acceptable(const Job& job);
    task<bool> ask_domain_stats(Job& job, const HostName& name);
    task<bool> ask_otx(Job& job, const HostName& name);
    task<bool> deliver(Job& job, Event event);
    task<void> deliver_notice(Event event);
    void tell_outage(const Alert& alert, const error& failure);
    void finished(const Job& job);

    Tasks& tasks_;
    Sink& sink_;
    Verdicts* verdicts_ = nullptr;
    Reputation* reputation_ = nullptr;
    EnricherOptions options_;
    Notices notices_;
    EnricherCounts counts_;
};

}  // namespace enrichd
