// fetch_isc: several days of the list of the SANS Internet Storm Center.
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/units.hpp"
#include "net/gzip.hpp"
#include "stages/lists/isc_format.hpp"
#include "stages/lists/list_entries.hpp"
#include "stages/lists/list_fetch.hpp"

namespace enrichd {
namespace {

/// Earlier days, such as "2026-11-21": empty when its list was fetched, else the day on which that was tried
/// in vain.
using Days = std::map<std::string, std::string>;

constexpr std::chrono::hours day(24);
constexpr int days_at_isc = 7;  // it keeps about a week

std::string day_of(WallTime time) {
    return to_iso_date(time).substr(0, 10);
}

/// What the list is made of now.
struct Present {
    WallTime now = wall_seconds(WallClock::now());
    std::string today = day_of(now);
    std::string oldest{};  // the first day that counts
    Days days{};           // that need not be asked for
};

/// Nothing when the state is another format's.
std::optional<Days> days_of(std::string_view text, const Present& present) {
    const auto state = nlohmann::json::parse(entries_state(text), nullptr, false);
    const auto found = state.is_object() ? state.find("days") : state.end();
    if (!state.is_object() || found == state.end() || !found->is_object()) return std::nullopt;
    Days days;
    for (const auto& [date, tried] : found->items()) {
        const bool counts = tried.is_string() && date >= present.oldest && date < present.today;
        if (!counts) continue;
        const auto& on = tried.get_ref<const std::string&>();
        if (on.empty() || on == present.today) days[date] = on;
    }
    return days;
}

/// ".../domaindata.json.gz" of one day is ".../domaindata.2026-11-21.json.gz". Empty when it is named in
/// another way.
std::string url_of_day(const std::string& url, const std::string& date) {
    const std::size_t path = url.find('/', url.find("://") + 3);
    const std::size_t file = url.substr(0, url.find('?')).rfind('/');
    if (path == std::string::npos || file < path) return {};
    const std::size_t extension = url.find(".json", file);
    if (extension == std::string::npos) return {};
    return url.substr(0, extension) + "." + date + url.substr(extension);
}

/// The latest day first: it says the most.
std::vector<std::string> missing_days(const Present& present) {
    std::vector<std::string> missing;
    for (int back = 1; back <= days_at_isc; ++back) {
        std::string date = day_of(present.now - day * back);
        if (date >= present.oldest && !present.days.contains(date)) missing.push_back(std::move(date));
    }
    return missing;
}

/// Adds the list of a day, perhaps gzip, but for names that are there already. All of it or nothing. Today's
/// is empty when the day begins.
task<error> add_day(ListFetch fetch, std::string date, std::string text, bool may_be_empty,
                    std::shared_ptr<EntryChanges> changes) {
    auto read = [date = std::move(date), text = std::move(text), may_be_empty,
                 changes]() mutable -> result<void> {
        if (text.starts_with("\x1f\x8b")) {
            auto unpacked = gunzip(text, max_list_bytes);
            if (!unpacked) return unpacked.error();
            text = *std::move(unpacked);
        }
        EntryChanges of_day;
        if (const error failure = read_isc(text, date, of_day)) return failure;
        if (of_day.size() == 0 && !may_be_empty) return errc::list_empty;
        changes->add_missing(std::move(of_day));
        if (changes->full()) return errc::list_too_large;
        return {};
    };
    const auto added = co_await fetch.blocking.run(std::move(read), Clock::now() + longest_download);
    if (!added) co_return added.error();
    co_return error();
}

task<void> add_earlier_days(ListFetch fetch, Present& present, std::shared_ptr<EntryChanges> changes) {
    const std::string yesterday = day_of(present.now - day);
    for (const std::string& date : missing_days(present)) {
        ListConfig of_day = fetch.config;
        of_day.from = url_of_day(of_day.from, date);
        if (of_day.from.empty() || fetch.ended()) co_return;
        DownloadFailure failure;
        auto past = co_await download(fetch.io, fetch.lookup, fetch.http, of_day, KnownVersion(), failure);
        const bool not_there = failure.status == 404 || failure.status == 410;
        if (past) failure.why = co_await add_day(fetch, date, std::move(past->text), false, changes);
        if (past && !failure.why) present.days[date].clear();
        if ((past && failure.why) || (not_there && date != yesterday)) present.days[date] = present.today;
        if (!failure.why || not_there) continue;
        log::warning("the list of an earlier day is not there; it is fetched again later",
                     {{"list", fetch.config.name}, {"day", date}, {"detail", failure.why.message()}});
        if (!past) co_return;
    }
}

/// The earliest days are left out when all would be too large.
result<std::string> put_together(const EntryChanges& changes, const std::string& kept, Present present) {
    const std::string state = nlohmann::json{{"days", present.days}}.dump();
    std::string text = changes.applied_to(kept, present.oldest, state);
    for (auto oldest = parse_iso_date(present.oldest);
         oldest && text.size() > max_list_bytes && present.oldest < present.today;) {
        *oldest += day;
        present.oldest = day_of(*oldest);
        text = changes.applied_to(kept, present.oldest, state);
    }
    if (text.size() > max_list_bytes) return errc::list_too_large;
    return text;
}

}  // namespace

task<std::optional<Download>> fetch_isc(ListFetch fetch, DownloadFailure& failure) {
    auto kept = co_await kept_entries(fetch);
    if (!kept) failure.why = kept.error();
    if (!kept) co_return std::nullopt;
    Present present;
    present.oldest =
        day_of(present.now - std::chrono::duration_cast<std::chrono::seconds>(fetch.config.new_for));
    const auto days_kept = days_of(kept->text, present);
    if (!days_kept) kept->text.clear();
    if (days_kept) present.days = *days_kept;
    KnownVersion known;  // of what was kept: in memory there may be more
    const bool in_use = !kept->text.empty() && kept->etag == fetch.known.etag &&
                        kept->last_modified == fetch.known.last_modified;
    if (in_use) known = fetch.known;
    auto today = co_await download(fetch.io, fetch.lookup, fetch.http, fetch.config, known, failure);
    if (!today) co_return std::nullopt;
    auto changes = std::make_shared<EntryChanges>();
    if (!today->unchanged)
        failure.why = co_await add_day(fetch, present.today, std::move(today->text), true, changes);
    if (failure.why) co_return std::nullopt;
    // Without a place for them they would be fetched again each time.
    if (!fetch.copy.empty()) co_await add_earlier_days(fetch, present, changes);
    const bool same_days = days_kept && present.days == *days_kept;
    if (today->unchanged && same_days) co_return today;
    auto work = [changes = std::move(changes), kept = std::move(kept->text), present = std::move(present)] {
        return put_together(*changes, kept, present);
    };
    auto text = co_await fetch.blocking.run(std::move(work), Clock::now() + longest_download);
    if (!text) failure.why = text.error();
    if (!text) co_return std::nullopt;
    today->unchanged = false;
    today->text = *std::move(text);
    co_return today;
}

}  // namespace enrichd
