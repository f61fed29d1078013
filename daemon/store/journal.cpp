#include "store/journal.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "store/domains.hpp"

namespace enrichd {
namespace {

/// In the column `waits`; null is in hand, an OTX rank is 0 or more.
constexpr std::int64_t for_domain_stats = -1;
constexpr std::int64_t put_off_for_now = -2;

/// An alert that did not fit into the line for OTX does not try again at once.
constexpr Clock::duration before_next_try = std::chrono::seconds(10);

/// Dropped in one transaction: others wait behind it.
constexpr std::int64_t max_dropped = 1'000;

/// How many names that were put off are told to a new run.
constexpr std::int64_t max_told = 50'000;

/// What kept_alert() expects, with what stands in for `taken`.
std::string kept_alerts(const char* taken, const char* where) {
    return std::string(
               "SELECT number, run, received, destination, alert_id, agent_id, agent_name, agent_ip, "
               "query, ") +
           taken + ", judged FROM journal WHERE " + where;
}

// Statements live for ever.
const std::string all_in_hand = kept_alerts("taken", "waits IS NULL ORDER BY number");
const std::string first_that_wait = kept_alerts(
    "taken", "waits BETWEEN ? AND ? AND (due IS NULL OR due <= ?) ORDER BY waits DESC, number LIMIT ?");
const std::string first_that_are_due =
    kept_alerts("taken", "waits = -2 AND due <= ? ORDER BY due, number LIMIT ?");
const std::string asked_and_put_off =
    kept_alerts("min(taken)", "waits = -2 AND taken IS NOT NULL GROUP BY query LIMIT ?");

std::optional<std::int64_t> number_of(std::optional<Suspicion> suspicion) {
    if (!suspicion) return std::nullopt;
    return static_cast<std::int64_t>(*suspicion);
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

WaitsFor kind_of(const KeptAlert& alert) {
    if (alert.judged) return WaitsFor::otx;
    return alert.due ? WaitsFor::another_try : WaitsFor::domain_stats;
}

std::int64_t waits_of(const KeptAlert& alert) {
    if (alert.judged) return *number_of(alert.judged);
    return alert.due ? put_off_for_now : for_domain_stats;
}

void write(StateFile& file, const Step& step) {
    Outbox::add(file, step.events);
    if (step.open_age) OpenAges::add(file, *step.open_age);
    if (!step.closed_age.empty()) OpenAges::close(file, step.closed_age);
    if (!step.learnt) return;
    Snapshot::put(file, *step.learnt);
    Domains::tell(file, step.learnt->key);
}

void write(StateFile& file, const KeptAlert& alert, bool in_hand, std::int64_t run) {
    const std::optional<std::int64_t> waits = in_hand ? std::nullopt : std::optional(waits_of(alert));
    file.run(
        "INSERT INTO journal (run, received, destination, alert_id, agent_id, agent_name, agent_ip, query,"
        " taken, judged, waits, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run, ticks(alert.received), static_cast<std::int64_t>(alert.destination), alert.alert.id,
        alert.alert.agent.id, alert.alert.agent.name, alert.alert.agent.ip, alert.alert.query,
        seconds(alert.taken), number_of(alert.judged), waits, ticks(alert.due));
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
    const std::int64_t received = row.number(1) == run ? row.number(2) : run;
    kept.received =
        Clock::time_point(Clock::duration(std::clamp(received, run, std::max(run, ticks(Clock::now())))));
    kept.destination = row.number(3) == 0 ? Destination::siem : Destination::active_response;
    kept.alert = {row.text(4), {row.text(5), row.text(6), row.text(7)}, row.text(8)};
    kept.taken = row.maybe_time(9);
    if (const auto judged = row.maybe_number(10))
        kept.judged = static_cast<Suspicion>(
            std::clamp<std::int64_t>(*judged, 0, static_cast<std::int64_t>(Suspicion::requested)));
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
    const std::size_t pending_now = pending();
    return pending_now - std::min(pending_now, only_for_otx()) + outbox_.waiting();
}

task<result<AlertNumber>> Journal::add(KeptAlert alert, bool in_hand, Step step) {
    if (const auto refused = refusal()) {
        release_at_once(step);
        co_return *refused;
    }
    ++in_hand_;  // before it is written: many that come at once must stay within the bound
    auto number = std::make_shared<AlertNumber>(0);
    const WaitsFor kind = kind_of(alert);
    const bool judged = alert.judged.has_value();
    Database::Work work = [number, alert = std::move(alert), in_hand, step, run = run_](StateFile& file) {
        write(file, alert, in_hand, run);
        *number = file.last_number();
        write_recent(file, alert.hash);
        write(file, step);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure || !in_hand) --in_hand_;
    if (failure) {
        release(step);
        co_return failure;
    }
    if (!in_hand)
        ++waiting_[static_cast<std::size_t>(kind)];
    else if (judged)
        judged_in_hand_.insert(*number);
    co_return *number;
}

task<error> Journal::add(Step step) {
    if (const auto refused = unwritable()) {
        release_at_once(step);
        co_return *refused;
    }
    Database::Work work = [step](StateFile& file) { write(file, step); };
    const error failure = co_await database_.run(std::move(work));
    if (failure) release(step);
    co_return failure;
}

void Journal::judged(AlertNumber number, Suspicion suspicion, Step step) {
    judged_in_hand_.insert(number);
    database_.run_surely([number, judged = number_of(suspicion), step = std::move(step)](StateFile& file) {
        file.run("UPDATE journal SET judged = ?, taken = NULL WHERE number = ?", judged, number);
        write(file, step);
    });
}

void Journal::put_back(KeptAlert alert) {
    judged_in_hand_.erase(alert.number);
    if (alert.judged) alert.due = Clock::now() + before_next_try;
    now_waits(kind_of(alert));
    database_.run_surely([alert = std::move(alert), run = run_](StateFile& file) {
        file.run("UPDATE journal SET waits = ?, due = ?, taken = ?, judged = ? WHERE number = ?",
                 waits_of(alert), ticks(alert.due), seconds(alert.taken), number_of(alert.judged),
                 alert.number);
        if (file.changes() == 0) write(file, alert, false, run);
    });
}

void Journal::finish(AlertNumber number, Step step) {
    --in_hand_;
    judged_in_hand_.erase(number);
    database_.run_surely([number, step = std::move(step)](StateFile& file) {
        file.run("DELETE FROM journal WHERE number = ?", number);
        write(file, step);
    });
}

void Journal::tell(Step step) {
    database_.run_surely([step = std::move(step)](StateFile& file) { write(file, step); });
}

task<result<Journal::Loaded>> Journal::load() {
    auto found = std::make_shared<Loaded>();
    Database::Work work = [found, run = run_](StateFile& file) {
        file.run("UPDATE journal SET due = 0 WHERE due IS NOT NULL");  // by a clock of an earlier run
        file.each(all_in_hand.c_str(),
                  [&](const Row& row) { found->in_hand.push_back(kept_alert(row, run)); });
        file.each(
            asked_and_put_off.c_str(),
            [&](const Row& row) { found->put_off.push_back(kept_alert(row, run)); }, max_told);
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
    in_hand_ = found->in_hand.size();
    judged_in_hand_.clear();
    for (const KeptAlert& kept : found->in_hand)
        if (kept.judged) judged_in_hand_.insert(kept.number);
    std::reverse(found->recent.begin(), found->recent.end());
    co_return std::move(*found);
}

void Journal::save_recent(std::vector<std::uint64_t> hashes) {
    database_.run_surely([hashes = std::move(hashes)](StateFile& file) {
        file.run("DELETE FROM recent");
        for (const std::uint64_t hash : hashes) write_recent(file, hash);
    });
}

task<result<std::vector<KeptAlert>>> Journal::take(WaitsFor what, std::size_t count) {
    auto found = std::make_shared<std::vector<KeptAlert>>();
    Database::Work work = [found, what, count, run = run_](StateFile& file) {
        const auto keep = [&](const Row& row) { found->push_back(kept_alert(row, run)); };
        const std::int64_t now = ticks(Clock::now());
        const auto most = static_cast<std::int64_t>(count);
        constexpr auto last_rank = static_cast<std::int64_t>(Suspicion::requested);
        if (what == WaitsFor::another_try)
            file.each(first_that_are_due.c_str(), keep, now, most);
        else if (what == WaitsFor::otx)
            file.each(first_that_wait.c_str(), keep, std::int64_t{0}, last_rank, now, most);
        else
            file.each(first_that_wait.c_str(), keep, for_domain_stats, for_domain_stats, now, most);
        // From here on it counts as asked; what was asked before keeps its time.
        const std::int64_t today = *seconds(wall_seconds(WallClock::now()));
        for (const KeptAlert& kept : *found)
            file.run(
                "UPDATE journal SET waits = NULL, due = NULL, taken = coalesce(taken, ?) WHERE number = ?",
                kept.judged ? std::nullopt : std::optional(today), kept.number);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    std::size_t& waiting = waiting_[static_cast<std::size_t>(what)];
    waiting -= std::min(waiting, found->size());
    in_hand_ += found->size();
    for (const KeptAlert& kept : *found)
        if (kept.judged) judged_in_hand_.insert(kept.number);
    co_return std::move(*found);
}

task<error> Journal::recount() {
    auto counted = std::make_shared<std::array<std::int64_t, 3>>();
    Database::Work work = [counted](StateFile& file) {
        file.each(
            "SELECT count(*) FILTER (WHERE waits = -1), count(*) FILTER (WHERE waits = -2),"
            " count(*) FILTER (WHERE waits >= 0) FROM journal WHERE waits IS NOT NULL",
            [&](const Row& row) {
                *counted = {row.number(0), row.number(1), row.number(2)};
            });
    };
    since_ = {};
    const std::uint64_t opening = database_.openings();
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    counted_at_ = std::max<std::uint64_t>(opening, 1);
    for (std::size_t i = 0; i < waiting_.size(); ++i)
        waiting_[i] = static_cast<std::size_t>((*counted)[i]) + since_[i];
    co_return error();
}

task<bool> Journal::expire(Clock::time_point received_before) {
    auto dropped = std::make_shared<std::int64_t>(0);
    Database::Work work = [dropped, limit = ticks(received_before), run = run_](StateFile& file) {
        file.run(
            "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE waits >= 0 AND run = ?"
            " AND received < ? LIMIT ?)",
            run, limit, max_dropped);
        *dropped = file.changes();
        if (limit <= run || *dropped > 0) return;
        // Those of earlier runs wait since this one began.
        file.run(
            "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE waits >= 0 AND run <> ? "
            "LIMIT ?)",
            run, max_dropped);
        *dropped = file.changes();
    };
    co_return co_await drop("too_late", std::move(work), dropped);
}

task<bool> Journal::make_room() {
    const std::size_t excess = only_for_otx() - std::min(only_for_otx(), max_only_for_otx());
    if (excess == 0) co_return false;
    const std::int64_t most = std::min(static_cast<std::int64_t>(excess), max_dropped);
    auto dropped = std::make_shared<std::int64_t>(0);
    Database::Work work = [dropped, most](StateFile& file) {
        file.run(
            "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE waits >= 0"
            " ORDER BY waits, number DESC LIMIT ?)",
            most);
        *dropped = file.changes();
    };
    co_return co_await drop("journal_full", std::move(work), dropped);
}

task<bool> Journal::drop(std::string_view reason, Database::Work work,
                         std::shared_ptr<std::int64_t> dropped) {
    const error failure = co_await database_.run(std::move(work));
    if (failure || *dropped == 0) co_return false;
    const auto count = static_cast<std::size_t>(*dropped);
    std::size_t& waiting = waiting_[static_cast<std::size_t>(WaitsFor::otx)];
    waiting -= std::min(waiting, count);
    dropped_.add(reason, count);
    log::warning("names were not checked against OTX", {{"reason", reason}, {"alerts", count}});
    co_return *dropped == max_dropped;
}

std::size_t Journal::pending() const {
    return std::accumulate(waiting_.begin(), waiting_.end(), in_hand_);
}

void Journal::now_waits(WaitsFor what) {
    --in_hand_;
    ++waiting_[static_cast<std::size_t>(what)];
    ++since_[static_cast<std::size_t>(what)];
}

void Journal::release_at_once(const Step& step) {
    for (const Undelivered& event : step.events) outbox_.release_at_once(event.output);
}

void Journal::release(const Step& step) {
    for (const Undelivered& event : step.events) outbox_.release(event.output);
}

}  // namespace enrichd
