#include "store/journal.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "store/domains.hpp"

namespace enrichd {
namespace {

/// In the column `waits`; null is in progress.
constexpr std::int64_t ready = 0;
constexpr std::int64_t deferred_for_now = 1;

/// How many names that are deferred a new run hears of.
constexpr std::int64_t max_told = 50'000;

/// What kept_alert() expects, with what stands in for `taken`.
std::string kept_alerts(const char* taken, const char* where) {
    return std::string(
               "SELECT number, run, received, destination, alert_id, agent_id, agent_name, agent_ip, "
               "query, ") +
           taken + ", stage, rank, context, contact, hash FROM journal WHERE " + where;
}

// Statements live for ever.
const std::string all_in_progress = kept_alerts("taken", "waits IS NULL ORDER BY number");
const std::string first_that_wait = kept_alerts(
    "taken", "waits = 0 AND stage = ? AND (due IS NULL OR due <= ?) ORDER BY rank DESC, number LIMIT ?");
const std::string first_that_are_due =
    kept_alerts("taken", "waits = 1 AND stage = ? AND due <= ? ORDER BY due, number LIMIT ?");
const std::string asked_and_deferred =
    kept_alerts("min(taken)", "waits = 1 AND taken IS NOT NULL GROUP BY stage, query LIMIT ?");

std::int64_t number_of(Suspicion rank) {
    return static_cast<std::int64_t>(rank);
}

std::optional<std::int64_t> seconds(std::optional<WallTime> time) {
    if (!time) return std::nullopt;
    return time->time_since_epoch().count();
}

std::int64_t ticks(Clock::time_point time) {
    return time.time_since_epoch().count();
}

std::optional<std::int64_t> ticks(std::optional<Clock::time_point> time) {
    if (!time) return std::nullopt;
    return ticks(*time);
}

void write(StateFile& file, const Step& step) {
    Outbox::add(file, step.events);
    if (step.open_age) OpenAges::add(file, *step.open_age);
    if (!step.closed_age.empty()) OpenAges::close(file, step.closed_age);
    if (!step.learnt) return;
    Snapshot::put(file, *step.learnt);
    if (step.learnt_unnoted) Domains::add_reported(file, step.learnt->key, step.learnt->learnt);
    Domains::mark_reported(file, step.learnt->key);
}

std::int64_t waits_of(const KeptAlert& alert) {
    return alert.deferred ? deferred_for_now : ready;
}

void write(StateFile& file, const KeptAlert& alert, bool in_progress, std::int64_t run) {
    std::optional<std::int64_t> contact;
    if (alert.contact) contact = packed(*alert.contact);
    const std::optional<std::int64_t> waits = in_progress ? std::nullopt : std::optional(waits_of(alert));
    file.run(
        "INSERT INTO journal (run, received, destination, alert_id, agent_id, agent_name, agent_ip, query,"
        " taken, stage, rank, waits, due, context, contact, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, "
        "?, ?, ?, ?)",
        run, ticks(alert.received), static_cast<std::int64_t>(alert.destination), alert.alert.id,
        alert.alert.agent.id, alert.alert.agent.name, alert.alert.agent.ip, alert.alert.query,
        seconds(alert.taken), alert.stage, number_of(alert.rank), waits, ticks(alert.due),
        alert.alert.context, contact, static_cast<std::int64_t>(alert.hash));
}

void write_recent(StateFile& file, std::uint64_t hash) {
    file.run("INSERT INTO recent (hash) VALUES (?)", static_cast<std::int64_t>(hash));
    if (file.last_number() % 4096 == 0)
        file.run("DELETE FROM recent WHERE number <= ?",
                 file.last_number() - static_cast<std::int64_t>(Journal::recent_window));
}

}  // namespace

/// The clock of an earlier run says nothing in this one.
KeptAlert kept_alert(const Row& row, std::int64_t run) {
    KeptAlert kept;
    kept.number = row.number(0);
    kept.of_earlier_run = row.number(1) != run;
    const std::int64_t received = row.number(1) == run ? row.number(2) : run;
    kept.received =
        Clock::time_point(Clock::duration(std::clamp(received, run, std::max(run, ticks(Clock::now())))));
    kept.destination = row.number(3) == 0 ? Destination::siem : Destination::active_response;
    kept.alert = {
        row.text(4), {row.text(5), row.text(6), row.text(7)}, row.text(8), sound_context(row.text(12))};
    kept.taken = row.maybe_time(9);
    if (const auto contact = row.maybe_number(13)) kept.contact = unpacked_contact(*contact);
    kept.hash = static_cast<std::uint64_t>(row.number(14));
    kept.stage = row.text(10);
    kept.rank =
        static_cast<Suspicion>(std::clamp<std::int64_t>(row.number(11), 0, number_of(Suspicion::requested)));
    return kept;
}

std::optional<error> Journal::unwritable() const {
    if (const auto trouble = database_.trouble()) return trouble;
    if (!loaded_) return errc::store_not_loaded;
    return std::nullopt;
}

std::optional<error> Journal::refusal() const {
    if (const auto why = unwritable()) return why;
    if (counted() >= max_pending_) return errc::journal_full;
    return std::nullopt;
}

std::size_t Journal::room() const {
    return unwritable() ? 0 : max_pending_ - std::min(max_pending_, counted());
}

/// Of what may be max_pending.
std::size_t Journal::counted() const {
    std::size_t count = outbox_.waiting();
    for (const auto& [stage, counts] : stages_) count += counts.own_share ? 0 : counts.all();
    return count;
}

task<result<AlertNumber>> Journal::add(KeptAlert alert, bool in_progress, Step step) {
    if (const auto refused = refusal()) {
        release_at_once(step);
        co_return *refused;
    }
    Counts& counts = of(alert.stage);
    ++counts.in_progress;  // before it is written: many that come at once must stay within the bound
    auto number = std::make_shared<AlertNumber>(0);
    const bool deferred = alert.deferred;
    Database::Work work = [number, alert = std::move(alert), in_progress, step,
                           run = run_](StateFile& file) mutable {
        if (step.contact) {
            Prevalence::note(file, *step.contact);
            const AgentContact& found = step.contact->found->contact;
            if (found.agents > 0) alert.contact = found;
        }
        write(file, alert, in_progress, run);
        *number = file.last_number();
        write_recent(file, alert.hash);
        write(file, step);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure || !in_progress) --counts.in_progress;
    if (failure) {
        release(step);
        co_return failure;
    }
    if (!in_progress) ++(deferred ? counts.deferred : counts.waiting);
    co_return *number;
}

task<error> Journal::add(Step step, std::uint64_t hash) {
    if (const auto refused = unwritable()) {
        release_at_once(step);
        co_return *refused;
    }
    Database::Work work = [step, hash](StateFile& file) {
        write_recent(file, hash);
        write(file, step);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) release(step);
    co_return failure;
}

void Journal::advance(AlertNumber number, std::string_view from, std::string_view to, Suspicion rank,
                      std::optional<WallTime> taken, Step step) {
    --of(from).in_progress;
    ++of(to).in_progress;
    database_.run_surely([number, to = std::string(to), rank = number_of(rank), taken = seconds(taken),
                          step = std::move(step)](StateFile& file) {
        file.run("UPDATE journal SET stage = ?, rank = ?, taken = ? WHERE number = ?", to, rank, taken,
                 number);
        write(file, step);
    });
}

void Journal::put_back(KeptAlert alert) {
    Counts& counts = of(alert.stage);
    --counts.in_progress;
    ++(alert.deferred ? counts.deferred : counts.waiting);
    ++(alert.deferred ? counts.deferred_since : counts.waiting_since);
    database_.run_surely([alert = std::move(alert), run = run_](StateFile& file) {
        file.run("UPDATE journal SET waits = ?, due = ?, taken = ?, stage = ?, rank = ? WHERE number = ?",
                 waits_of(alert), ticks(alert.due), seconds(alert.taken), alert.stage, number_of(alert.rank),
                 alert.number);
        if (file.changes() == 0) write(file, alert, false, run);
    });
}

void Journal::finish(AlertNumber number, std::string_view stage, Step step) {
    --of(stage).in_progress;
    database_.run_surely([number, step = std::move(step)](StateFile& file) {
        file.run("DELETE FROM journal WHERE number = ?", number);
        write(file, step);
    });
}

void Journal::record(Step step) {
    database_.run_surely([step = std::move(step)](StateFile& file) { write(file, step); });
}

task<result<Journal::Loaded>> Journal::load() {
    auto found = std::make_shared<Loaded>();
    Database::Work work = [found, run = run_](StateFile& file) {
        file.run("UPDATE journal SET due = 0 WHERE due IS NOT NULL");  // by a clock of an earlier run
        file.each(all_in_progress.c_str(),
                  [&](const Row& row) { found->in_progress.push_back(kept_alert(row, run)); });
        file.each(
            asked_and_deferred.c_str(),
            [&](const Row& row) { found->deferred.push_back(kept_alert(row, run)); }, max_told);
        file.each(
            "SELECT hash FROM recent ORDER BY number DESC LIMIT ?",
            [&](const Row& row) { found->recent.push_back(static_cast<std::uint64_t>(row.number(0))); },
            static_cast<std::int64_t>(recent_window));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    const error uncounted = co_await recount();
    if (uncounted) co_return uncounted;
    loaded_ = true;
    for (auto& [stage, counts] : stages_) counts.in_progress = 0;
    for (const KeptAlert& kept : found->in_progress) ++of(kept.stage).in_progress;
    std::reverse(found->recent.begin(), found->recent.end());
    co_return std::move(*found);
}

void Journal::save_recent(std::vector<std::uint64_t> hashes) {
    database_.run_surely([hashes = std::move(hashes)](StateFile& file) {
        file.run("DELETE FROM recent");
        for (const std::uint64_t hash : hashes) write_recent(file, hash);
    });
}

task<result<std::vector<KeptAlert>>> Journal::take(std::string stage, bool asks, std::size_t count) {
    auto taken = co_await take_by(first_that_wait, stage, asks, count);
    if (!taken) co_return taken.error();
    std::size_t& waiting = of(stage).waiting;
    waiting -= std::min(waiting, taken->size());
    co_return std::move(*taken);
}

task<result<std::vector<KeptAlert>>> Journal::take_deferred(std::string stage, bool asks, std::size_t count) {
    auto taken = co_await take_by(first_that_are_due, stage, asks, count);
    if (!taken) co_return taken.error();
    std::size_t& deferred = of(stage).deferred;
    deferred -= std::min(deferred, taken->size());
    co_return std::move(*taken);
}

task<result<std::vector<KeptAlert>>> Journal::take_by(const std::string& statement, std::string stage,
                                                      bool asks, std::size_t count) {
    auto found = std::make_shared<std::vector<KeptAlert>>();
    Database::Work work = [found, &statement, stage, asks, count, run = run_](StateFile& file) {
        file.each(
            statement.c_str(), [&](const Row& row) { found->push_back(kept_alert(row, run)); }, stage,
            ticks(Clock::now()), static_cast<std::int64_t>(count));
        // What was asked before keeps its time.
        const std::int64_t today = *seconds(wall_seconds(WallClock::now()));
        for (const KeptAlert& kept : *found)
            file.run(
                "UPDATE journal SET waits = NULL, due = NULL, taken = coalesce(taken, ?) WHERE number = ?",
                asks ? std::optional(today) : std::nullopt, kept.number);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    of(stage).in_progress += found->size();
    co_return std::move(*found);
}

task<error> Journal::recount() {
    struct Counted {
        std::string stage;
        std::size_t waiting = 0;
        std::size_t deferred = 0;
    };
    auto found = std::make_shared<std::vector<Counted>>();
    Database::Work work = [found](StateFile& file) {
        file.each("SELECT stage, count(*) FROM journal WHERE waits = 0 GROUP BY stage", [&](const Row& row) {
            found->push_back({row.text(0), static_cast<std::size_t>(row.number(1)), 0});
        });
        file.each("SELECT stage, count(*) FROM journal WHERE waits = 1 GROUP BY stage", [&](const Row& row) {
            found->push_back({row.text(0), 0, static_cast<std::size_t>(row.number(1))});
        });
    };
    for (auto& [stage, counts] : stages_) counts.waiting_since = counts.deferred_since = 0;
    const std::uint64_t opening = database_.openings();
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    counted_at_ = std::max<std::uint64_t>(opening, 1);
    for (auto& [stage, counts] : stages_) {
        counts.waiting = counts.waiting_since;
        counts.deferred = counts.deferred_since;
    }
    for (const Counted& one : *found) {
        of(one.stage).waiting += one.waiting;
        of(one.stage).deferred += one.deferred;
    }
    co_return error();
}

Journal::Counts& Journal::of(std::string_view stage) {
    const auto found = stages_.find(stage);
    return found == stages_.end() ? stages_[std::string(stage)] : found->second;
}

const Journal::Counts& Journal::of(std::string_view stage) const {
    static const Counts none;
    const auto found = stages_.find(stage);
    return found == stages_.end() ? none : found->second;
}

std::size_t Journal::pending() const {
    std::size_t count = 0;
    for (const auto& [stage, counts] : stages_) count += counts.all();
    return count;
}

std::size_t Journal::pending(std::string_view stage) const {
    return of(stage).all();
}

std::size_t Journal::waiting(std::string_view stage) const {
    return of(stage).waiting;
}

std::size_t Journal::waiting() const {
    std::size_t count = 0;
    for (const auto& [stage, counts] : stages_) count += counts.own_share ? 0 : counts.waiting;
    return count;
}

std::size_t Journal::deferred(std::string_view stage) const {
    return of(stage).deferred;
}

std::size_t Journal::deferred() const {
    std::size_t count = 0;
    for (const auto& [stage, counts] : stages_) count += counts.deferred;
    return count;
}

std::vector<std::string> Journal::stages() const {
    std::vector<std::string> names;
    for (const auto& [stage, counts] : stages_) names.push_back(stage);
    return names;
}

Counters Journal::dropped(std::string_view stage) const {
    return of(stage).dropped;
}

void Journal::release_at_once(const Step& step) {
    for (const Undelivered& event : step.events) outbox_.release_at_once(event.output);
}

void Journal::release(const Step& step) {
    for (const Undelivered& event : step.events) outbox_.release(event.output);
}

}  // namespace enrichd
