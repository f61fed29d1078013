// fetch_misp: the attributes of a MISP server, page by page.
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "asking/rest.hpp"
#include "stages/lists/list_copy.hpp"
#include "stages/lists/list_fetch.hpp"
#include "stages/lists/misp_format.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto all_again_after = 24h;  // events that were deleted, and new warning lists, show then alone
constexpr auto clocks_differ_by = 1h;  // ours and the server's
constexpr auto longest_pull = 6h;      // of all pages
constexpr int empty_pages_at_the_end = 3;
constexpr std::size_t most_pages = 10'000;
constexpr std::size_t max_page = std::size_t{32} << 20U;

/// What was pulled, by our clock.
struct Pulled {
    WallTime all{};  // for the last time all; the epoch: never
    WallTime changes{};
};

/// Nothing when the state is another format's.
std::optional<Pulled> pulled_of(std::string_view text) {
    const auto state = nlohmann::json::parse(entries_state(text), nullptr, false);
    const auto time_at = [&state](const char* key) -> std::optional<WallTime> {
        const auto found = state.is_object() ? state.find(key) : state.end();
        if (!state.is_object() || found == state.end() || !found->is_number_integer()) return std::nullopt;
        return WallTime(std::chrono::seconds(found->get<std::int64_t>()));
    };
    const auto all = time_at("all");
    const auto changes = time_at("changes");
    if (!all || !changes) return std::nullopt;
    return Pulled{*all, *changes};
}

std::string state_with(const Pulled& pulled) {
    return nlohmann::json{{"all", pulled.all.time_since_epoch().count()},
                          {"changes", pulled.changes.time_since_epoch().count()}}
        .dump();
}

std::string target_of(const ResourceUrl& base) {
    std::string target = base.target;
    while (target.ends_with('/')) target.pop_back();
    return target + "/attributes/restSearch";
}

/// The answer to one question, to its last page. Null when it failed. The server removes what is on its
/// warning lists or has decayed after it has cut a page: a page can be empty before the end. A header has the
/// number of attributes removed. A page that repeats an earlier one comes from a server that ignores `page`.
task<std::shared_ptr<EntryChanges>> pull(ListFetch fetch, std::string target, MispQuestion question,
                                         DownloadFailure& failure) {
    const auto end = Clock::now() + longest_pull;
    auto changes = std::make_shared<EntryChanges>();
    int empty_pages = 0;
    for (std::size_t number = 1; empty_pages < empty_pages_at_the_end; ++number) {
        if (number > most_pages) failure.why = errc::list_too_large;
        if (number > most_pages) co_return nullptr;
        HttpCall call{target};
        call.method = "POST";
        call.safe = true;
        call.wanted_header = "X-Skipped-Elements-Count";
        call.content_type = "application/json";
        call.body = misp_request(question, number);
        if (!fetch.config.user_agent.empty())
            call.headers.emplace_back("User-Agent", fetch.config.user_agent);
        auto response = co_await fetch.http.call(std::move(call));
        failure.why = response ? meaning_of(response->status) : response.error();
        if (response) failure.status = response->status;
        if (response) failure.wait_asked_for = wait_asked_for(*response);
        if (failure.why) co_return nullptr;
        const bool skipped = !response->wanted.empty() && response->wanted != "0";
        auto read = [body = std::move(response->body), changes] { return read_misp(body, *changes); };
        const auto page = co_await fetch.blocking.run(std::move(read), Clock::now() + longest_download);
        if (!page) failure.why = page.error();
        if (page && Clock::now() > end) failure.why = errc::deadline;
        if (fetch.ended()) failure.why = errc::cancelled;
        if (failure.why) co_return nullptr;
        if (page->attributes > 0 && page->fresh == 0) co_return changes;
        empty_pages = page->attributes > 0 || skipped ? 0 : empty_pages + 1;
    }
    co_return changes;
}

std::vector<MispQuestion> questions_since(const Pulled& before, bool all) {
    if (all) return {MispQuestion{}};
    const WallTime since = before.changes - clocks_differ_by;
    return {{"timestamp", since}, {"publish_timestamp", since}};
}

}  // namespace

task<std::optional<Download>> fetch_misp(ListFetch fetch, DownloadFailure& failure) {
    const auto url = parse_resource_url(fetch.config.from);
    auto options = own_server_options(fetch.config, *url);
    if (!options) {
        failure.why = options.error();
        co_return std::nullopt;
    }
    options->accept = "application/json";
    options->max_body = max_page;
    fetch.http.configure(*std::move(options));
    auto kept = co_await kept_entries(fetch);
    if (!kept) failure.why = kept.error();
    if (!kept) co_return std::nullopt;
    std::string text = std::move(kept->text);
    const Pulled before = pulled_of(text).value_or(Pulled());
    const WallTime now = wall_seconds(WallClock::now());
    const bool all = fetch.now || before.changes > now || now - before.all >= all_again_after;
    const std::size_t bytes_before = text.size();
    if (all) text.clear();
    Pulled after{all ? now : before.all, now};
    bool same = !all && !fetch.known.etag.empty() && fetch.known.etag == kept->etag;
    for (const MispQuestion& question : questions_since(before, all)) {
        auto changes = co_await pull(fetch, target_of(*url), question, failure);
        if (!changes) co_return std::nullopt;
        // An answer that is much smaller than the last may be a server's that is not well: all again next
        // time.
        if (all && (changes->size() == 0 || changes->bytes() < bytes_before / 2)) after.all = WallTime();
        if (changes->size() == 0 && !text.empty()) continue;
        auto apply = [changes = std::move(changes), old = std::move(text), state = state_with(after)] {
            std::string changed = changes->applied_to(old, {}, state);
            const bool is_same = same_entries(old, changed);
            return std::pair(std::move(changed), is_same);
        };
        auto applied = co_await fetch.blocking.run(std::move(apply), Clock::now() + longest_download);
        if (!applied) failure.why = applied.error();
        if (!applied) co_return std::nullopt;
        text = std::move(applied->first);
        same = same && applied->second;
    }
    fetch.http.close_idle();
    if (text.size() > max_list_bytes) failure.why = errc::list_too_large;
    if (failure.why) co_return std::nullopt;
    Download out{same, std::move(text), {state_with(after), {}}};
    co_return out;
}

}  // namespace enrichd
