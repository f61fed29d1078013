// What an alert's name goes through, one after the other. All that is particular to one is behind this.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/event.hpp"
#include "model/gate.hpp"
#include "model/host_name.hpp"
#include "model/suspicion.hpp"
#include "pipeline/job.hpp"
#include "store/open_ages.hpp"

namespace enrichd {

/// What a stage has found out for an alert.
struct Findings {
    std::optional<Event> event;              // at most one a stage: few and useful
    KindSet kinds{};                         // what was found, reported or not; see Job::silences
    Suspicion rank = Suspicion::none;        // how suspicious the name is to it
    std::string_view decision = "reported";  // when there is an event
    std::string_view reason;                 // when there is an event, in a word that lives for ever
    std::optional<WallTime> registered{};    // when the domain was, where that is known
    std::optional<OpenAge> open_age{};       // to be asked for again, written down with the alert
};

class Stage {
  public:
    Stage() = default;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    virtual ~Stage() = default;

    /// In the journal, in metrics and in the configuration. Lives for ever.
    virtual std::string_view name() const = 0;

    /// Whether the alert goes through it, after what the stages before have found (job.rank).
    virtual bool wants(const Job& job) const = 0;

    /// From memory alone. Nothing when somebody has to be asked.
    virtual std::optional<Findings> known(const HostName& name, const Job& job) = 0;

    /// Asks, for as long as it takes. `name` and `job` outlive it. Errors: cancelled; filtered, when the name
    /// must not be looked up any more; deferred, when it is to be asked for later, as deferred() says;
    /// queue_full, when others are in front and no more may wait in memory. What else goes wrong is a
    /// finding.
    virtual task<result<Findings>> ask(const HostName& name, Job& job) = 0;

    /// What may be looked up from now on. Who waits for another name hears `filtered`.
    virtual void filter(const GateOptions& gate) = 0;

    /// How many more alerts may wait for it in memory.
    virtual std::size_t room() const = 0;

    /// Whether a new alert is asked for at once. `waiting`: the alerts for this stage that wait in the
    /// journal.
    virtual bool may_begin(std::size_t /*waiting*/) const { return true; }

    /// Until when the name is not asked for, if so. May leave in job.asked what was put on the wire.
    virtual std::optional<Clock::time_point> deferred(const HostName&, Job&) { return std::nullopt; }

    /// The journal notes that a question may be on the wire, and after a restart was_asked() or job.asked say
    /// so.
    virtual bool notes_asking() const { return false; }
    virtual void was_asked(const HostName&, WallTime) {}

    /// It only adds to what other stages have reported: alerts that wait for it never keep new ones out, and
    /// are given up after so long.
    virtual std::optional<std::chrono::milliseconds> waits_at_most() const { return std::nullopt; }
};

}  // namespace enrichd
