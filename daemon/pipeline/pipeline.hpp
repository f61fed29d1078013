// The way of one alert, from its name to its events: through all stages, one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counters.hpp"
#include "base/log.hpp"
#include "model/gate.hpp"
#include "net/tasks.hpp"
#include "pipeline/job.hpp"
#include "pipeline/other_hosts.hpp"
#include "pipeline/recent_events.hpp"
#include "pipeline/repeats.hpp"
#include "pipeline/self_test.hpp"
#include "pipeline/sink.hpp"
#include "pipeline/stage.hpp"
#include "store/asked_names.hpp"
#include "store/journal.hpp"

namespace enrichd {

struct PipelineCounts {
    Counters rejected;    // by what is wrong with the name
    Counters gated;       // by why the name must not be looked up
    Counters findings;    // by kind, whether they gave an event or not
    Counters suppressed;  // events that were left out, by why
    Histogram duration;   // from taken to finished
    std::uint64_t finished = 0;
    std::uint64_t contacts_not_noted = 0;  // the journal took no more: their agents do not count
};

class Pipeline {
  public:
    explicit Pipeline(Sink& sink) : sink_(sink) {}

    /// In the order in which alerts go through them; before alerts come. One that is off has a name, so that
    /// what waits for it goes on behind it, and a share of the journal of its own as when it is on. Without
    /// any, alerts end at the filter.
    void add(Stage& stage);
    void add_off(std::string_view name, bool own_share);

    /// Where alerts are kept that have to wait. Without this they are in memory alone.
    void keep_in(Journal& journal);

    /// Which agents ask for which domains is remembered there, and named in events.
    void count_agents_in(Prevalence& prevalence) { prevalence_ = &prevalence; }

    /// They are asked before an event is reported. They outlive this.
    void share_alerts_with(OtherHosts& others) { others_ = &others; }

    /// Which names were asked for is remembered there. Needs the numbers of agents.
    void note_names_in(AskedNames& names) { asked_names_ = &names; }

    Prevalence* prevalence() const { return prevalence_; }  // null: it is not remembered

    /// Who knows something of names from memory. It outlives this.
    void mark_by(const NameMarker& marker) { markers_.push_back(&marker); }

    /// What is known of a name from memory.
    void mark(const HostName& name, NameMarks& marks) const {
        for (const NameMarker* const marker : markers_) marker->mark(name, marks);
    }

    Policy& policy() { return policy_; }
    const Policy& policy() const { return policy_; }
    Repeats& repeats() { return repeats_; }
    const Repeats& repeats() const { return repeats_; }

    /// Called for each alert when it is decided what becomes of it, and when it has to wait.
    void on_decided(std::function<void(const Job&)> call) { on_decided_ = std::move(call); }

    const RecentEvents& recent_events() const { return recent_events_; }

    /// Called when an alert was left to the journal, or one that waited in memory leaves room.
    void on_backlog(std::function<void()> call) { on_backlog_ = std::move(call); }

    /// What may be looked up, also for what waits already and for what is about to be sent.
    void filter(const GateOptions& gate);
    const GateOptions& gate() const { return gate_; }

    /// As much of the way as needs no wait. True when that was all, which most alerts end with: then the
    /// alert is finished, and its source is not notified. Else run() goes on from there.
    bool at_once(Job& job);

    /// The whole way; `job` outlives it, and is settled when this returns. True when the alert is finished.
    /// Else it waits in the journal, or was cancelled there, or could not be kept and was not safe.
    task<bool> run(Job& job);

    /// The name, when it is one and may leave the machine; else that is counted. Then the job has what is
    /// known here of it.
    std::optional<HostName> acceptable(Job& job);

    /// Which agents have asked for the job's name, from memory.
    void look_up_contact(Job& job);

    /// What findings are about: the registrable domain, else the name itself.
    static std::string_view domain_of(const Job& job);

    /// A stage has had its say.
    void take(Job& job, Findings found);

    /// Gives what was found for an alert to the outputs. It is known before the first event is written
    /// whether those that an output does not take can be kept. False when they cannot: the alert has to come
    /// again.
    bool report(Job& job);

    /// Reports what no alert has left.
    void report(Event event);

    /// By name; null when it is off or unknown.
    Stage* find(std::string_view name) const;

    const PipelineCounts& counts() const { return counts_; }

    SelfTests& self_tests() { return self_tests_; }
    const SelfTests& self_tests() const { return self_tests_; }

  private:
    struct Place {
        std::string_view name;
        Stage* stage;  // null: off
        bool own_share;
    };
    bool begin(Job& job);
    bool begin_self_test(Job& job);
    void look(Job& job);
    void apply_policy(Job& job);
    task<void> note_contact(Job& job);
    bool asks_others(Job& job);
    task<void> ask_others(Job& job);
    void leave_to_others(Job& job, const Elsewhere& elsewhere);
    void tell_others(Job& job);
    task<result<AlertNumber>> add_to_journal(Job& job, KeptAlert alert, bool in_progress);
    bool is_repeat(Job& job, const Event& event);
    void complete(Job& job, Event& event);
    void note_reported(Job& job, Event& event);
    void take_back(Job& job);
    task<bool> go_on(Job& job);
    task<bool> make_durable(Job& job);
    bool ends(Job& job, const error& failure);
    bool filtered(Job& job, const HostName& name);
    void note_filtered(Job& job, Refusal reason);
    task<bool> keep(Job& job, bool in_progress, std::optional<Clock::time_point> deferred);
    std::string_view row_of(const Job& job) const;
    KeptAlert kept(const Job& job) const;
    void advance(Job& job);
    void put_back(Job& job, std::optional<Clock::time_point> due, bool deferred);
    task<bool> finish(Job& job);
    void count_finished(Job& job);
    void note_name(Job& job);
    void note_waiting(Job& job) const;
    void note_backlog() const;

    Sink& sink_;
    std::vector<Place> stages_;
    Journal* journal_ = nullptr;
    Prevalence* prevalence_ = nullptr;
    AskedNames* asked_names_ = nullptr;
    OtherHosts* others_ = nullptr;
    GateOptions gate_;
    std::vector<const NameMarker*> markers_;
    Policy policy_;
    Repeats repeats_;
    RecentEvents recent_events_;
    std::function<void(const Job&)> on_decided_;
    std::function<void()> on_backlog_;
    log::Limit refusals_;
    PipelineCounts counts_;
    SelfTests self_tests_;
};

}  // namespace enrichd
