// fetch_isc: several days of the list of the SANS Internet Storm Center.
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/units.hpp"
#include "net/gzip.hpp"
#include "stages/lists/isc_format.hpp"
#include "stages/lists/list_copy.hpp"
#include "stages/lists/list_entries.hpp"
#include "stages/lists/list_fetch.hpp"

namespace enrichd {
namespace {

using Days = std::vector<std::string>;  // "2026-11-21"

constexpr std::chrono::hours day(24);
constexpr int days_at_isc = 7;  // it keeps about a week

std::string day_of(WallTime time) {
    return to_iso_date(time).substr(0, 10);
}

/// Days whose own list was fetched, or is not there.
Days days_of(std::string_view text) {
    const auto state = nlohmann::json::parse(entries_state(text), nullptr, false);
    Days days;
    const auto found = state.is_object() ? state.find("days") : state.end();
    if (!state.is_object() || found == state.end() || !found->is_array()) return days;
    for (const auto& each : *found)
        if (each.is_string() && days.size() < 100) days.push_back(each.get<std::string>());
    return days;
}

std::string state_with(const Days& days, std::string_view oldest) {
    nlohmann::json state{{"days", nlohmann::json::array()}};
    for (const std::string& each : days)
        if (each >= oldest) state["days"].push_back(each);
    return state.dump();
}

/// ".../domaindata.json.gz" of one day is ".../domaindata.2026-11-21.json.gz". Empty when it is named in
/// another way.
std::string url_of_day(const std::string& url, const std::string& date) {
    const std::size_t file = url.rfind('/');
    const std::size_t extension = url.find(".json", file);
    if (extension == std::string::npos) return {};
    return url.substr(0, extension) + "." + date + url.substr(extension);
}

/// The latest day first: it says the most.
Days missing_days(const Days& had, WallTime now, std::chrono::milliseconds new_for) {
    Days days;
    for (int back = 1; back <= days_at_isc && day * (back - 1) < new_for; ++back) {
        std::string date = day_of(now - day * back);
        if (std::find(had.begin(), had.end(), date) == had.end()) days.push_back(std::move(date));
    }
    return days;
}

struct Part {
    std::string day;
    std::string text;  // perhaps gzip
    bool today = false;
};

/// The days before that are not kept yet, the latest first. One that is not there will not come, but for
/// yesterday's. `days`: those that need not be asked for again.
task<void> fetch_earlier_days(ListFetch fetch, WallTime now, std::vector<Part>& parts, Days& days) {
    const std::string yesterday = day_of(now - day);
    for (const std::string& date : missing_days(days, now, fetch.config.new_for)) {
        ListConfig of_day = fetch.config;
        of_day.from = url_of_day(of_day.from, date);
        if (of_day.from.empty()) co_return;
        DownloadFailure failure;
        auto past = co_await download(fetch.io, fetch.lookup, fetch.http, of_day, KnownVersion(), failure);
        const bool not_there = failure.status == 404 || failure.status == 410;
        if (past) parts.push_back({date, std::move(past->text)});
        if (past || (not_there && date != yesterday)) days.push_back(date);
        if (!past && !not_there) {
            log::warning("the list of an earlier day cannot be fetched; the next fetch tries again",
                         {{"list", fetch.config.name}, {"day", date}, {"detail", failure.why.message()}});
            co_return;
        }
    }
}

error read_part(const Part& part, EntryChanges& changes) {
    if (!part.text.starts_with("\x1f\x8b")) return read_isc(part.text, part.day, changes);
    const auto text = gunzip(part.text, max_list_bytes);
    return text ? read_isc(*text, part.day, changes) : text.error();
}

struct Whole {
    std::string text;
    Days damaged{};  // earlier days that cannot be read
};

/// What was kept, the earlier days, today: the later word counts.
result<Whole> put_together(const std::string& kept, const std::vector<Part>& parts, const std::string& oldest,
                           Days days) {
    EntryChanges changes;
    Whole whole;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        const error failure = read_part(*part, changes);
        if (failure && part->today) return failure;
        if (failure) whole.damaged.push_back(part->day);
        if (failure) std::erase(days, part->day);  // it is fetched again
    }
    whole.text = changes.applied_to(kept, oldest, state_with(days, oldest));
    if (whole.text.size() > max_list_bytes) return errc::file_too_large;
    return whole;
}

}  // namespace

task<std::optional<Download>> fetch_isc(ListFetch fetch, DownloadFailure& failure) {
    std::string kept = co_await kept_entries(fetch);
    KnownVersion known;
    if (!kept.empty()) known = fetch.known;
    auto today = co_await download(fetch.io, fetch.lookup, fetch.http, fetch.config, known, failure);
    if (!today) co_return std::nullopt;
    const WallTime now = wall_seconds(WallClock::now());
    std::vector<Part> parts;
    if (!today->unchanged) parts.push_back({day_of(now), std::move(today->text), true});
    Days days = days_of(kept);
    const std::size_t days_kept = days.size();
    co_await fetch_earlier_days(fetch, now, parts, days);
    if (parts.empty() && days.size() == days_kept) co_return today;
    std::string oldest = day_of(now - std::chrono::duration_cast<std::chrono::seconds>(fetch.config.new_for));
    auto work = [kept = std::move(kept), parts = std::move(parts), oldest = std::move(oldest),
                 days = std::move(days)] { return put_together(kept, parts, oldest, days); };
    auto whole = co_await fetch.blocking.run(std::move(work), Clock::now() + longest_download);
    if (!whole) {
        failure.why = whole.error();
        co_return std::nullopt;
    }
    for (const std::string& date : whole->damaged)
        log::warning("the list of an earlier day cannot be read; it is fetched again",
                     {{"list", fetch.config.name}, {"day", date}});
    today->unchanged = false;
    today->text = std::move(whole->text);
    co_return today;
}

}  // namespace enrichd
