#include "stages/lists/retro_match.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "net/tasks.hpp"
#include "stages/lists/lists_event.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto compare_every = 2s;                // as files are looked at
constexpr std::size_t looked_up_at_once = 5'000;  // within ten milliseconds of the state file's thread
constexpr std::size_t most_matches = 10'000;      // in memory

}  // namespace

bool RetroMatch::is_due(const ListKeeper& keeper) const {
    const ListConfig& config = keeper.config();
    if (config.action != ListAction::alert || config.retro.count() == 0) return false;
    if (!keeper.list() || !state_.asked_names.in_use()) return false;
    const auto last = compared_.find(config.name);
    return last == compared_.end() || last->second.read.lock() != keeper.list()->read;
}

bool RetroMatch::is_configured(const ListKeeper& keeper) const {
    const auto& all = lists_.all();
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.get() == &keeper; });
}

task<void> RetroMatch::keep() {
    co_await forget_files();
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + compare_every))
        co_await compare_all();
}

/// Of lists that are not configured any more, and what a kill left half written.
task<void> RetroMatch::forget_files() {
    std::set<std::string> wanted;
    for (const auto& keeper : lists_.all()) wanted.insert(keeper->config().name);
    auto forget = [directory = directory_, wanted = std::move(wanted)] {
        std::error_code ec;
        std::size_t removed = 0;
        for (const auto& file : std::filesystem::directory_iterator(directory, ec))
            if (!wanted.contains(file.path().filename().string()))
                removed += std::filesystem::remove(file.path(), ec) ? 1 : 0;
        return removed;
    };
    co_await blocking_.run(std::move(forget));
}

task<void> RetroMatch::compare_all() {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto keepers = lists_.all();  // a reload may come meanwhile
    for (const auto& keeper : keepers) {
        const auto last = compared_.find(keeper->config().name);
        error failure;
        if (is_due(*keeper))
            failure = co_await compare(keeper);
        else if (last != compared_.end() && !last->second.unwritten.empty())
            failure = co_await write(keeper->config().name);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return;
        if (failure && complaints_.allows(Clock::now()))
            log::warning("a list cannot be compared with what was asked for before; it is tried again",
                         {{"list", keeper->config().name},
                          {"reason", label(failure)},
                          {"detail", failure.message()},
                          {"kept_back", complaints_.kept_back()}});
    }
}

task<error> RetroMatch::compare(std::shared_ptr<ListKeeper> keeper) {
    const WallTime now = wall_seconds(WallClock::now());
    const std::string name = keeper->config().name;
    const Read read = keeper->list()->read;
    const WallTime in_use_since = keeper->in_use_since();
    auto look = [read, before = compared_[name].unwritten, file = file_of(name),
                 hash = state_.asked_names.hash()]() -> result<listed_hashes::Gained> {
        if (!before.empty()) return listed_hashes::gained(*read->index, before, hash);
        const auto of_file = listed_hashes::read(file, hash);
        if (!of_file) return of_file.error();
        auto gained = listed_hashes::gained(*read->index, of_file->value_or(listed_hashes::Hashes()), hash);
        if (*of_file && **of_file == gained.compared) gained.compared.clear();  // nothing to write
        return gained;
    };
    auto gained = co_await blocking_.run(std::move(look));
    if (!gained) co_return gained.error();
    // What is written surely waits for the file: with each try there would be more of it.
    if (const auto trouble = state_.database.trouble()) co_return *trouble;
    if (!gained->names.empty()) state_.asked_names.write_all_changes();
    const auto since = now - std::chrono::floor<std::chrono::seconds>(keeper->config().retro);
    auto found = co_await matches(*gained, since, in_use_since);
    if (!found) co_return found.error();
    if (!is_configured(*keeper)) co_return error();  // a reload took it out meanwhile
    report(*keeper, *std::move(found));
    compared_[name] = {read, std::move(gained->compared)};
    if (compared_[name].unwritten.empty()) co_return error();
    const error failure = co_await write(name);
    co_return failure;
}

/// Behind the events: a kill in between has them reported again.
task<error> RetroMatch::write(std::string name) {
    const Database::Work nothing = [](StateFile&) {};  // done behind them
    error failure = co_await state_.database.run(nothing);
    if (failure) co_return failure;
    auto write = [hashes = compared_[name].unwritten, file = file_of(name),
                  hash = state_.asked_names.hash()]() -> result<void> {
        const error why = listed_hashes::write(file, hashes, hash);
        if (why) return why;
        return {};
    };
    const auto written = co_await blocking_.run(std::move(write));
    if (!written) co_return written.error();
    compared_[name].unwritten = {};
    co_return error();
}

/// Of names that were asked for before the list was in use: since then each query had an event. What is known
/// of a name itself and of names below it becomes one.
task<result<std::vector<RetroMatch::Match>>> RetroMatch::matches(const listed_hashes::Gained& gained,
                                                                 WallTime since, WallTime in_use_since) {
    std::map<std::string, Match> by_name;
    for (auto from = gained.names.begin(); from != gained.names.end();) {
        const auto to = from + std::min<std::ptrdiff_t>(gained.names.end() - from, looked_up_at_once);
        listed_hashes::Hashes hashes;
        for (auto one = from; one != to; ++one) hashes.push_back(one->hash);
        auto asked = co_await state_.asked_names.find(std::move(hashes), since);
        if (!asked) co_return asked.error();
        for (AskedNames::Asked& one : *asked) {
            if (one.first > in_use_since) continue;
            const auto listed = std::lower_bound(from, to, one.hash,
                                                 [](const auto& a, std::uint64_t b) { return a.hash < b; });
            const std::string name(listed->name);
            const auto known = by_name.find(name);
            if (known != by_name.end())
                known->second.add(std::move(one), listed->below);
            else if (by_name.size() < most_matches)
                by_name.emplace(name, Match{name, listed->below, std::move(one)});
            else
                left_out_.add("too_many");
        }
        from = to;
    }
    std::vector<Match> out;
    for (auto& [name, match] : by_name) out.push_back(std::move(match));
    co_return out;
}

void RetroMatch::Match::add(AskedNames::Asked other, bool others_are_below) {
    below = below || others_are_below;
    asked.first = std::min(asked.first, other.first);
    asked.last = std::max(asked.last, other.last);
    const bool all_known = !asked.agent_ids.empty() && !other.agent_ids.empty();
    asked.agents = std::max(asked.agents, other.agents);
    if (!all_known) asked.agent_ids.clear();
    if (!all_known) return;
    std::set<std::string> ids(asked.agent_ids.begin(), asked.agent_ids.end());
    ids.insert(other.agent_ids.begin(), other.agent_ids.end());
    asked.agent_ids.assign(ids.begin(), ids.end());
    asked.agents = static_cast<std::uint32_t>(ids.size());
}

/// A name below one stands for all of them: what has the name alone says nothing of these.
std::string RetroMatch::looked_up_as(const Match& match) {
    return match.below ? "any-name-below." + match.name : match.name;
}

/// Another list gave an event for each query: it was in use when the first of them came.
bool RetroMatch::had_events(const ListKeeper& keeper, const HostName& name, const Match& match) const {
    const auto found = lists_.find(name);
    return std::any_of(found.begin(), found.end(), [&](const Lists::Found& one) {
        return one.list != &keeper && one.list->config().action == ListAction::alert &&
               one.list->in_use_since() < match.asked.first;
    });
}

/// Times are in seconds: of what was asked for in the one in which the list came into use, an event of lists
/// about its domain shows that it came afterwards.
bool RetroMatch::came_afterwards(const ListKeeper& keeper, const HostName& name, const Match& match) const {
    if (match.asked.first != keeper.in_use_since()) return false;
    const std::string_view domain = name.registrable().empty() ? name.text() : name.registrable();
    const auto& events = pipeline_.recent_events().all();
    return std::any_of(events.rbegin(), events.rend(), [&](const RecentEvents::One& one) {
        return one.domain == domain && one.time >= keeper.in_use_since() &&
               one.findings.has(FindingKind::list);
    });
}

/// The last asked for come first.
void RetroMatch::report(const ListKeeper& keeper, std::vector<Match> matches) {
    if (matches.empty()) return;
    std::sort(matches.begin(), matches.end(),
              [](const Match& a, const Match& b) { return a.asked.last > b.asked.last; });
    found_[keeper.config().name] += matches.size();
    std::size_t reported = 0;
    for (const Match& match : matches) {
        const auto name = HostName::parse(looked_up_as(match));
        if (!name) continue;
        if (reported == most_events) {
            left_out_.add("too_many");
            continue;
        }
        NameMarks marks;
        marks.of_alert = false;
        pipeline_.mark(*name, marks);
        const Silences silences = pipeline_.policy().silences(marks, wall_seconds(WallClock::now()));
        const KindSet kinds{FindingKind::list};
        if (!silences.give_event(kinds)) {
            left_out_.add(silences.reason(kinds));
        } else if (had_events(keeper, *name, match) || came_afterwards(keeper, *name, match)) {
            left_out_.add("repeat");
        } else {
            ++reported;
            pipeline_.report(
                retro_event(keeper.config(), {match.name, name->registrable(), match.below}, match.asked));
        }
    }
    log::info("names that are new in a list were asked for before",
              {{"list", keeper.config().name}, {"names", matches.size()}, {"events", reported}});
}

}  // namespace enrichd
