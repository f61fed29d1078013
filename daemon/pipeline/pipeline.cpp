#include "pipeline/pipeline.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace enrichd {
namespace {

/// An alert that did not fit into memory does not try again at once.
constexpr Clock::duration before_next_try = std::chrono::seconds(10);

/// Whoever brought the alert hears how it ended, even when it ends by an exception.
class Settled {
  public:
    explicit Settled(Job& job) : job_(job) {}
    Settled(const Settled&) = delete;
    Settled& operator=(const Settled&) = delete;
    ~Settled() { job_.ack.settle(finished); }

    bool finished = false;

  private:
    Job& job_;
};

}  // namespace

void Pipeline::add(Stage& stage) {
    stages_.push_back({stage.name(), &stage, stage.waits_at_most().has_value()});
    stage.filter(gate_);
    if (journal_) keep_in(*journal_);
}

void Pipeline::add_off(std::string_view name, bool own_share) {
    stages_.push_back({name, nullptr, own_share});
    if (journal_) keep_in(*journal_);
}

void Pipeline::keep_in(Journal& journal) {
    journal_ = &journal;
    for (const Place& place : stages_) journal_->add_stage(place.name, place.own_share);
}

Stage* Pipeline::find(std::string_view name) const {
    const auto found = std::find_if(stages_.begin(), stages_.end(),
                                    [name](const Place& place) { return place.name == name; });
    return found == stages_.end() ? nullptr : found->stage;
}

void Pipeline::filter(const GateOptions& gate) {
    gate_ = gate;
    for (const Place& place : stages_)
        if (place.stage) place.stage->filter(gate_);
}

bool Pipeline::at_once(Job& job) {
    if (begin(job)) {
        look(job);
        if (job.progress.at < stages_.size() || job.contact_is_new || asks_others(job)) return false;
        job.progress.refused = !report(job);
        if (job.progress.refused || !job.step.events.empty()) return false;
    }
    count_finished(job);
    return true;
}

task<bool> Pipeline::run(Job& job) {
    // A cancellation ends a wait, and nothing else: what was reported is always written down.
    co_await asio::this_coro::throw_if_cancelled(false);
    Settled settled(job);
    settled.finished = co_await go_on(job);
    co_return settled.finished;
}

task<bool> Pipeline::go_on(Job& job) {
    if (!job.progress.name && !job.number && at_once(job)) co_return true;
    if (job.progress.refused) co_return false;
    if (!job.progress.name) {
        if (!begin(job)) co_return co_await finish(job);
        look(job);
    }
    while (job.progress.at < stages_.size()) {
        const bool its_turn = co_await make_durable(job);
        if (!its_turn) co_return false;
        auto found = co_await stages_[job.progress.at].stage->ask(*job.progress.name, job);
        note_backlog();
        if (!found && !ends(job, found.error())) co_return false;
        if (!found) co_return co_await finish(job);
        take(job, *std::move(found));
        look(job);
    }
    co_await note_contact(job);
    co_await ask_others(job);
    if (!report(job)) co_return false;
    co_return co_await finish(job);
}

/// False when the alert ends here: its name is none, or must not be looked up.
bool Pipeline::begin(Job& job) {
    if (begin_self_test(job)) return true;
    while (!job.progress.resume_at.empty() && job.progress.stage < stages_.size() &&
           stages_[job.progress.stage].name != job.progress.resume_at)
        ++job.progress.stage;
    job.progress.at = job.progress.stage;
    job.progress.name = acceptable(job);
    if (!job.progress.name) return false;
    look_up_contact(job);
    if (job.destination == Destination::siem) job.to_be_noted = wall_seconds(WallClock::now());
    note_name(job);
    return true;
}

/// It is no stage's business, and leaves the machine nowhere but to the outputs.
bool Pipeline::begin_self_test(Job& job) {
    auto event = self_tests_.event_for(job.alert, job.source);
    if (!event) return false;
    job.progress.name = *HostName::parse(job.alert.query);
    job.progress.at = stages_.size();
    job.progress.found.push_back(*std::move(event));
    job.decision = {"reported", "self-test"};
    return true;
}

/// Through the stages, as far as memory knows what they have to say.
void Pipeline::look(Job& job) {
    while (job.progress.at < stages_.size()) {
        Stage* const stage = stages_[job.progress.at].stage;
        const bool resumed =
            job.number &&
            job.progress.at == job.progress.stage;  // it waited for this one, whatever is wanted now
        if (stage && (resumed || stage->wants(job))) {
            auto found = stage->known(*job.progress.name, job);
            if (!found) return;
            take(job, *std::move(found));
        } else {
            ++job.progress.at;
        }
    }
}

void Pipeline::take(Job& job, Findings found) {
    ++job.progress.at;
    job.rank = std::max(job.rank, found.rank);
    if (found.registered) job.registered = found.registered;
    if (found.open_age) job.step.open_age = std::move(found.open_age);
    job.found = job.found | found.kinds;
    found.kinds.for_each([this](FindingKind kind) { counts_.findings.add(label(kind)); });
    if (!found.event && !found.kinds.empty()) {
        const std::string_view why = job.silences.reason(found.kinds);
        counts_.suppressed.add(why);
        const bool reported = !job.progress.found.empty() || !job.sent.empty();  // by a stage before
        if (!reported) job.decision = {why == "allowed" || why == "learning" ? why : "nothing", why};
    }
    if (!found.event) return;
    job.progress.found.push_back(*std::move(found.event));
    job.decision.what = found.decision;
    job.decision.why = found.reason;
}

std::optional<HostName> Pipeline::acceptable(Job& job) {
    auto name = HostName::parse(job.alert.query);
    if (!name) {
        counts_.rejected.add(label(name.error()));
        job.decision.what = "refused";
        job.decision.why = label(name.error());
        return std::nullopt;
    }
    if (filtered(job, *name)) return std::nullopt;
    if (SelfTests::is_name(name->text())) {  // nobody expects it
        note_filtered(job, Refusal::special_use);
        return std::nullopt;
    }
    mark(*name, job.marks);
    job.silences = policy_.silences(job.marks, wall_seconds(WallClock::now()));
    return *std::move(name);
}

/// Counted, so asked once for an alert.
bool Pipeline::filtered(Job& job, const HostName& name) {
    const auto reason = refusal(name, gate_);
    if (!reason) return false;
    note_filtered(job, *reason);
    return true;
}

void Pipeline::note_filtered(Job& job, Refusal reason) {
    counts_.gated.add(label(reason));
    job.decision.what = "filtered";
    job.decision.why = label(reason);
}

/// Before an alert waits for the stage it has come to it is made durable, its source let go, and what was
/// found so far reported: not before, or a journal that refuses would have it reported again. False when it
/// does not go on: it could not be kept, or it is kept and others come first.
task<bool> Pipeline::make_durable(Job& job) {
    Stage& stage = *stages_[job.progress.at].stage;
    const bool nothing_found = job.progress.found.empty();
    if (nothing_found && !job.number) job.progress.stage = job.progress.at;
    if (journal_ && nothing_found) {
        const auto due = stage.deferred(*job.progress.name, job);
        if (due && job.number) {
            advance(job);
            put_back(job, due, true);
            co_return false;
        }
        const bool others_first = !job.number && !stage.may_begin(journal_->waiting(stage.name()));
        if (due || others_first) {
            co_await keep(job, false, due);
            co_return false;
        }
    }
    const bool kept = co_await keep(job, true, std::nullopt);
    if (!kept) co_return false;
    co_await ask_others(job);
    if (!report(job)) co_return false;
    advance(job);
    co_return true;
}

/// Without findings of the stage: true when the alert is finished, false when it waits in the journal.
bool Pipeline::ends(Job& job, const error& failure) {
    Stage& stage = *stages_[job.progress.at].stage;
    if (failure == errc::deferred) {
        put_back(job, stage.deferred(*job.progress.name, job).value_or(Clock::now()), true);
        return false;
    }
    if (failure == errc::cancelled) {
        // Else the next run finds a first contact by it.
        if (stage.notes_asking() && !job.asked.first) put_back(job, std::nullopt, false);
        return false;
    }
    if (failure == errc::queue_full && job.number) {  // to the others that do not fit
        put_back(job, Clock::now() + before_next_try, false);
        return false;
    }
    if (failure == errc::filtered) filtered(job, *job.progress.name);  // by a reload, while it waited
    return true;
}

/// True when the alert is in the journal, or there is none.
task<bool> Pipeline::keep(Job& job, bool in_progress, std::optional<Clock::time_point> deferred) {
    if (job.number || !journal_) co_return true;
    KeptAlert alert = kept(job);
    alert.due = deferred;
    alert.deferred = deferred.has_value();
    // With a list event to report first, the row still has the earlier stage. The time of the question must
    // be durable before the question is sent.
    const Stage* const stage = stages_[job.progress.at].stage;
    if (in_progress && stage && stage->notes_asking()) alert.taken = wall_seconds(WallClock::now());
    auto number = co_await add_to_journal(job, std::move(alert), in_progress);
    if (number)
        job.number = *number;
    else if (refusals_.allows(Clock::now()))
        log::warning("alerts that have to wait cannot be kept; they stay in the spool until they can",
                     {{"reason", label(number.error())}, {"detail", number.error().message()}});
    job.ack.settle(number.has_value());
    if (number) note_waiting(job);
    if (number && !in_progress) note_backlog();
    co_return number.has_value();
}

/// The stage that the journal has for it.
std::string_view Pipeline::row_of(const Job& job) const {
    return job.progress.stage < stages_.size() ? stages_[job.progress.stage].name
                                               : std::string_view(job.progress.resume_at);
}

KeptAlert Pipeline::kept(const Job& job) const {
    KeptAlert out;
    out.number = job.number.value_or(0);
    out.alert = job.alert;
    out.destination = job.destination;
    out.received = job.received;
    out.stage = row_of(job);
    out.rank = job.rank;
    out.taken = job.asked.first;
    out.hash = job.hash;
    out.contact = job.contact;
    return out;
}

/// The stages before the one it waits for are done and reported.
void Pipeline::advance(Job& job) {
    const std::size_t from = std::exchange(job.progress.stage, job.progress.at);
    if (!job.number || from == job.progress.at) return;
    const Place& to = stages_[job.progress.at];
    // What an earlier run asked counts from then: the next run has no other word of it.
    std::optional<WallTime> taken;
    if (to.stage->notes_asking()) taken = job.asked.first.value_or(wall_seconds(WallClock::now()));
    journal_->advance(*job.number, stages_[from].name, to.name, job.rank, taken,
                      std::exchange(job.step, Step()));
}

void Pipeline::put_back(Job& job, std::optional<Clock::time_point> due, bool deferred) {
    if (!job.number) return;
    KeptAlert alert = kept(job);
    alert.due = due;
    alert.deferred = deferred;
    if (!deferred) alert.taken.reset();
    journal_->put_back(std::move(alert));
    note_backlog();
}

/// The alert leaves the journal with what it has left; one that never was there leaves only that.
task<bool> Pipeline::finish(Job& job) {
    if (job.number) {
        journal_->finish(*job.number, row_of(job), std::exchange(job.step, Step()));
    } else if (!job.step.events.empty() && journal_) {
        Step step = std::exchange(job.step, Step());
        const error failure = co_await journal_->add(std::move(step), job.hash);
        if (failure) take_back(job);
        if (failure) co_return false;
    }
    count_finished(job);
    co_return true;
}

void Pipeline::count_finished(Job& job) {
    ++counts_.finished;
    note_name(job);
    tell_others(job);
    if (on_decided_) on_decided_(job);
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - job.received).count());
    if (log::enabled(log::Level::debug))
        log::debug("alert finished", {{"id", job.alert.id},
                                      {"agent", job.alert.agent.id},
                                      {"query", job.alert.query},
                                      {"decision", job.decision.what},
                                      {"reason", job.decision.why}});
}

void Pipeline::note_waiting(Job& job) const {
    if (!on_decided_) return;
    const Decision so_far = std::exchange(job.decision, {"waiting", stages_[job.progress.stage].name});
    on_decided_(job);
    job.decision = so_far;
}

void Pipeline::note_backlog() const {
    if (on_backlog_) on_backlog_();
}

bool Pipeline::report(Job& job) {
    apply_policy(job);
    std::size_t places = 0;
    for (const Event& event : job.progress.found) places += sink_.copies(event);
    if (!job.number && journal_ && journal_->room() < places) {
        for (Event& event : job.progress.found) complete(job, event);
        const bool all = std::all_of(job.progress.found.begin(), job.progress.found.end(),
                                     [this](const Event& event) { return sink_.deliver_or_refuse(event); });
        if (!all) take_back(job);
        if (all) self_tests_.reported(job.alert.query, {});
        return all;
    }
    for (Event& event : job.progress.found) {
        complete(job, event);
        job.sent.push_back(event.kind);
        for (Undelivered& left : sink_.deliver(std::move(event))) job.step.events.push_back(std::move(left));
    }
    job.progress.found.clear();
    self_tests_.reported(job.alert.query, job.step.events);
    return true;
}

void Pipeline::report(Event event) {
    Step step{sink_.deliver(std::move(event)), std::nullopt};
    if (!step.events.empty() && journal_) journal_->record(std::move(step));
}

}  // namespace enrichd
