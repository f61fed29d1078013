#include "store/journal.hpp"

#include <algorithm>

namespace enrichd {
namespace {

/// In the column `waits`; null is in hand, an OTX rank is 0 or more.
constexpr std::int64_t for_domain_stats = -1;

constexpr const char* all_in_hand =
    "SELECT number, run, received, destination, alert_id, agent_id, agent_name, agent_ip, query, taken, "
    "judged"
    " FROM journal WHERE waits IS NULL ORDER BY number";
constexpr const char* first_that_wait =
    "SELECT number, run, received, destination, alert_id, agent_id, agent_name, agent_ip, query, taken, "
    "judged"
    " FROM journal WHERE waits BETWEEN ? AND ? ORDER BY waits DESC, number LIMIT ?";

std::optional<std::int64_t> number_of(std::optional<Suspicion> suspicion) {
    if (!suspicion) return std::nullopt;
    return static_cast<std::int64_t>(*suspicion);
}

std::int64_t waits_of(std::optional<Suspicion> judged) {
    return number_of(judged).value_or(for_domain_stats);
}

std::optional<std::int64_t> seconds(std::optional<WallTime> time) {
    if (!time) return std::nullopt;
    return time->time_since_epoch().count();
}

/// The clock of an earlier run says nothing in this one.
KeptAlert read(const Row& row, std::int64_t run) {
    KeptAlert kept;
    kept.number = row.number(0);
    kept.received = Clock::time_point(Clock::duration(row.number(1) == run ? row.number(2) : run));
    kept.destination = row.number(3) == 0 ? Destination::siem : Destination::active_response;
    kept.alert = {row.text(4), {row.text(5), row.text(6), row.text(7)}, row.text(8)};
    if (const auto taken = row.maybe_number(9)) kept.taken = WallTime(std::chrono::seconds(*taken));
    if (const auto judged = row.maybe_number(10))
        kept.judged = static_cast<Suspicion>(
            std::clamp<std::int64_t>(*judged, 0, static_cast<std::int64_t>(Suspicion::new_domain)));
    return kept;
}

void write(StateFile& file, const Step& step) {
    Outbox::add(file, step.events);
    if (step.learnt) Snapshot::put(file, *step.learnt);
}

}  // namespace

std::optional<error> Journal::refusal() const {
    if (const auto& trouble = database_.trouble()) return trouble;
    if (!loaded_) return errc::store_not_loaded;
    if (pending_ + outbox_.waiting() >= max_pending_) return errc::journal_full;
    return std::nullopt;
}

task<result<AlertNumber>> Journal::add(KeptAlert alert, bool in_hand, Step step) {
    if (const auto refused = refusal()) {
        release(step);
        co_return *refused;
    }
    ++pending_;  // so that many at once stay within the bound
    auto number = std::make_shared<AlertNumber>(0);
    const auto judged = alert.judged;
    const std::optional<std::int64_t> waits = in_hand ? std::nullopt : std::optional(waits_of(judged));
    Database::Work work = [number, alert = std::move(alert), waits, step, run = run_](StateFile& file) {
        file.run(
            "INSERT INTO journal (run, received, destination, alert_id, agent_id, agent_name, agent_ip, "
            "query,"
            " taken, judged, waits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            run, std::int64_t{alert.received.time_since_epoch().count()},
            static_cast<std::int64_t>(alert.destination), alert.alert.id, alert.alert.agent.id,
            alert.alert.agent.name, alert.alert.agent.ip, alert.alert.query, seconds(alert.taken),
            number_of(alert.judged), waits);
        *number = file.last_number();
        file.run("INSERT INTO recent (hash) VALUES (?)", static_cast<std::int64_t>(alert.hash));
        if (file.last_number() % 4096 == 0)
            file.run("DELETE FROM recent WHERE number <= ?",
                     file.last_number() - static_cast<std::int64_t>(recent_window));
        write(file, step);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) {
        --pending_;
        release(step);
        co_return failure;
    }
    if (!in_hand) ++count(judged);
    co_return *number;
}

task<error> Journal::add(Step step) {
    if (const auto refused = refusal()) {
        release(step);
        co_return *refused;
    }
    Database::Work work = [step](StateFile& file) { write(file, step); };
    const error failure = co_await database_.run(std::move(work));
    if (failure) release(step);
    co_return failure;
}

void Journal::judged(AlertNumber number, Suspicion suspicion, Step step) {
    database_.run_surely([number, judged = number_of(suspicion), step = std::move(step)](StateFile& file) {
        file.run("UPDATE journal SET judged = ?, taken = NULL WHERE number = ?", judged, number);
        write(file, step);
    });
}

void Journal::put_back(AlertNumber number, std::optional<Suspicion> judged) {
    ++count(judged);
    database_.run_surely([number, waits = waits_of(judged)](StateFile& file) {
        file.run("UPDATE journal SET waits = ?, taken = NULL WHERE number = ?", waits, number);
    });
}

void Journal::finish(AlertNumber number, Step step) {
    --pending_;
    database_.run_surely([number, step = std::move(step)](StateFile& file) {
        file.run("DELETE FROM journal WHERE number = ?", number);
        write(file, step);
    });
}

void Journal::tell(Step step) {
    database_.run_surely([step = std::move(step)](StateFile& file) { write(file, step); });
}

task<result<std::vector<KeptAlert>>> Journal::load() {
    struct Found {
        std::vector<KeptAlert> in_hand;
        std::int64_t pending = 0;
        std::int64_t wait = 0;
        std::int64_t wait_for_otx = 0;
    };
    auto found = std::make_shared<Found>();
    Database::Work work = [found, run = run_](StateFile& file) {
        file.each(all_in_hand, [&](const Row& row) { found->in_hand.push_back(read(row, run)); });
        file.each(
            "SELECT count(*), count(*) FILTER (WHERE waits = -1), count(*) FILTER (WHERE waits >= 0) FROM "
            "journal",
            [&](const Row& row) {
                found->pending = row.number(0);
                found->wait = row.number(1);
                found->wait_for_otx = row.number(2);
            });
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    loaded_ = true;
    pending_ = static_cast<std::size_t>(found->pending);
    wait_ = static_cast<std::size_t>(found->wait);
    wait_for_otx_ = static_cast<std::size_t>(found->wait_for_otx);
    co_return std::move(found->in_hand);
}

task<result<std::vector<std::uint64_t>>> Journal::recent() {
    auto found = std::make_shared<std::vector<std::uint64_t>>();
    Database::Work work = [found](StateFile& file) {
        file.each(
            "SELECT hash FROM recent ORDER BY number DESC LIMIT ?",
            [&](const Row& row) { found->push_back(static_cast<std::uint64_t>(row.number(0))); },
            static_cast<std::int64_t>(recent_window));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    std::reverse(found->begin(), found->end());
    co_return std::move(*found);
}

void Journal::save_recent(std::vector<std::uint64_t> hashes) {
    database_.run_surely([hashes = std::move(hashes)](StateFile& file) {
        file.run("DELETE FROM recent");
        for (const std::uint64_t hash : hashes)
            file.run("INSERT INTO recent (hash) VALUES (?)", static_cast<std::int64_t>(hash));
    });
}

task<result<std::vector<KeptAlert>>> Journal::take(WaitsFor what, std::size_t count) {
    auto found = std::make_shared<std::vector<KeptAlert>>();
    const std::int64_t now = *seconds(wall_seconds(WallClock::now()));
    const bool otx = what == WaitsFor::otx;
    const std::int64_t least = otx ? 0 : for_domain_stats;
    const std::int64_t most = otx ? static_cast<std::int64_t>(Suspicion::new_domain) : for_domain_stats;
    Database::Work work = [found, least, most, count, now, run = run_](StateFile& file) {
        file.each(
            first_that_wait, [&](const Row& row) { found->push_back(read(row, run)); }, least, most,
            static_cast<std::int64_t>(count));
        for (const KeptAlert& kept : *found)
            file.run("UPDATE journal SET waits = NULL, taken = ? WHERE number = ?", now, kept.number);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    (otx ? wait_for_otx_ : wait_) -= found->size();
    co_return std::move(*found);
}

void Journal::release(const Step& step) {
    for (const Undelivered& event : step.events) outbox_.release(event.output);
}

}  // namespace enrichd
