#include "stages/lists/retro_match.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
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
    return last == compared_.end() || last->second.lock() != keeper.list()->read;
}

task<void> RetroMatch::keep() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + compare_every))
        co_await compare_all();
}

task<void> RetroMatch::compare_all() {
    const auto keepers = lists_.all();  // a reload may come meanwhile
    for (const auto& keeper : keepers) {
        if (!is_due(*keeper)) continue;
        const error failure = co_await compare(keeper);
        if (failure && complaints_.allows(Clock::now()))
            log::warning("a list cannot be compared with what was asked for before; it is tried again",
                         {{"list", keeper->config().name},
                          {"reason", label(failure)},
                          {"detail", failure.message()},
                          {"kept_back", complaints_.kept_back()}});
    }
}

/// The file is written when the events are safe: a crash in between has them reported again.
task<error> RetroMatch::compare(std::shared_ptr<ListKeeper> keeper) {
    const WallTime now = wall_seconds(WallClock::now());
    Read read = keeper->list()->read;
    const WallTime in_use_since = keeper->in_use_since();
    std::string file = directory_ + "/" + keeper->config().name;
    const hashed_rows::KeyedHash hash = state_.asked_names.hash();
    auto look = [read, file, hash] { return listed_hashes::gained(*read->index, file, hash); };
    auto gained = co_await blocking_.run(std::move(look));
    if (!gained) co_return gained.error();
    state_.asked_names.write_all_changes();
    auto found =
        co_await matches(*gained, now - std::chrono::floor<std::chrono::seconds>(keeper->config().retro));
    if (!found) co_return found.error();
    report(*keeper, *std::move(found), in_use_since);
    compared_[keeper->config().name] = read;
    if (gained->file_is_current) co_return error();
    const Database::Work nothing = [](StateFile&) {};  // done behind the events
    const error failure = co_await state_.database.run(nothing);
    if (failure) co_return failure;
    auto write = [all = std::move(gained->all), read = std::move(read), file = std::move(file),
                  hash]() -> result<void> {
        const error why = listed_hashes::write(file, all, hash);
        if (why) return why;
        return {};
    };
    const auto written = co_await blocking_.run(std::move(write));
    co_return written ? error() : written.error();
}

task<result<std::vector<RetroMatch::Match>>> RetroMatch::matches(const listed_hashes::Gained& gained,
                                                                 WallTime since) {
    std::vector<Match> out;
    for (auto from = gained.names.begin(); from != gained.names.end();) {
        const auto to = from + std::min<std::ptrdiff_t>(gained.names.end() - from, looked_up_at_once);
        std::vector<std::uint64_t> hashes;
        for (auto one = from; one != to; ++one) hashes.push_back(one->hash);
        auto asked = co_await state_.asked_names.find(std::move(hashes), since);
        if (!asked) co_return asked.error();
        for (AskedNames::Asked& one : *asked) {
            const auto listed = std::lower_bound(from, to, one.hash,
                                                 [](const auto& a, std::uint64_t b) { return a.hash < b; });
            if (out.size() < most_matches)
                out.push_back({std::string(listed->name), listed->below, std::move(one)});
            else
                left_out_.add("too_many");
        }
        from = to;
    }
    co_return out;
}

/// Another list that has the name already gave an event for each query.
bool RetroMatch::in_other_list(const ListKeeper& keeper, const HostName& name) const {
    const auto found = lists_.find(name);
    return std::any_of(found.begin(), found.end(), [&](const Lists::Found& one) {
        const auto last = compared_.find(one.list->config().name);
        return one.list != &keeper && one.list->config().action == ListAction::alert &&
               last != compared_.end() && last->second.lock() == one.list->list()->read;
    });
}

/// Of a name and what lies below it there is one event; the last asked for come first.
void RetroMatch::report(const ListKeeper& keeper, std::vector<Match> matches, WallTime in_use_since) {
    std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
        if (a.name != b.name) return a.name < b.name;
        return a.asked.agents > b.asked.agents;
    });
    const auto twice = std::unique(matches.begin(), matches.end(),
                                   [](const Match& a, const Match& b) { return a.name == b.name; });
    matches.erase(twice, matches.end());
    std::sort(matches.begin(), matches.end(),
              [](const Match& a, const Match& b) { return a.asked.last > b.asked.last; });
    std::size_t reported = 0;
    for (const Match& match : matches) {
        const auto name = HostName::parse(match.name);
        if (!name || match.asked.first > in_use_since) continue;  // each query of it had an event
        ++found_[keeper.config().name];
        NameMarks marks;
        marks.of_alert = false;
        pipeline_.mark(*name, marks);
        const Silences silences = pipeline_.policy().silences(marks, wall_seconds(WallClock::now()));
        const KindSet kinds{FindingKind::list};
        if (!silences.give_event(kinds)) {
            left_out_.add(silences.reason(kinds));
        } else if (in_other_list(keeper, *name)) {
            left_out_.add("repeat");
        } else if (reported == most_events) {
            left_out_.add("too_many");
        } else {
            ++reported;
            pipeline_.report(
                retro_event(keeper.config(), {match.name, name->registrable(), match.below}, match.asked));
        }
    }
    if (matches.empty()) return;
    log::info("names that a list has got were asked for before",
              {{"list", keeper.config().name}, {"names", matches.size()}, {"events", reported}});
}

}  // namespace enrichd
