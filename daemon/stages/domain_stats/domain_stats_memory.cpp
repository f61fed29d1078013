// DomainStatsComponent: what a run has learnt, for the next.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "asking/stored_verdicts.hpp"
#include "stages/domain_stats/domain_stats_component_parts.hpp"

namespace enrichd {
namespace {

constexpr std::string_view zone_fact = "domain_stats_zone_seconds";
constexpr std::string_view rules_fact = "domain_stats_judge";
constexpr std::string_view registries_fact = "rdap_bootstrap";
constexpr std::string_view fetched_fact = "rdap_bootstrap_fetched";

/// How long ago the list of registries was fetched from there, by the fact "URL SECONDS", in Unix time.
std::optional<std::chrono::seconds> age_of_fetch(const std::optional<std::string>& fact,
                                                 const std::string& url) {
    if (!fact || !fact->starts_with(url + " ")) return std::nullopt;
    std::int64_t seconds = 0;
    const char* const end = fact->data() + fact->size();
    const bool read = std::from_chars(fact->data() + url.size() + 1, end, seconds).ec == std::errc{};
    const WallTime now = wall_seconds(WallClock::now());
    // A spoilt file may hold what is no time of ours.
    if (!read || seconds < 0 || seconds > 2 * now.time_since_epoch().count()) return std::nullopt;
    return now - WallTime(std::chrono::seconds(seconds));
}

}  // namespace

void DomainStatsComponent::note_zone(std::chrono::seconds offset) {
    around_.state->snapshot.note_fact(zone_fact, std::to_string(offset.count()));
}

void DomainStatsComponent::note_rules() {
    around_.state->snapshot.note_fact(rules_fact, rules_);
}

/// It is that of another server's times.
void DomainStatsComponent::forget_zone() {
    if (DomainStats* const server = parts_->source.server()) server->forget_zone();
    around_.state->snapshot.note_fact(zone_fact, "");
}

task<error> DomainStatsComponent::restore() {
    if (!parts_) co_return error();
    const error failure = co_await restore_rules();
    if (failure) co_return failure;
    const error no_zone = co_await restore_zone();
    if (no_zone) co_return no_zone;
    const error no_domains = co_await around_.state->domains.load();
    if (no_domains) co_return no_domains;
    const error no_registries = co_await restore_registries();
    if (no_registries) co_return no_registries;
    const auto count = co_await around_.state->snapshot.count();
    if (!count) co_return count.error();
    cache_.expect(*count);  // of others there are few
    const Lifetimes times = settings_.times.all();
    Restore put = [this, times](RememberedVerdict& one, WallTime today) {
        auto verdict = PackedVerdict::read(std::move(one.body));
        if (!verdict) return Restored::unread;
        const auto kind = DomainTimes::kind(verdict->brief());
        return put_restored(cache_, one, *std::move(verdict), kind, times, today);
    };
    co_return co_await restore_verdicts(around_.state->snapshot, name(), times, std::move(put));
}

/// Verdicts are forgotten when somebody else made them, or by other rules.
task<error> DomainStatsComponent::restore_rules() {
    Snapshot& snapshot = around_.state->snapshot;
    auto fact = co_await snapshot.fact(rules_fact);
    if (!fact) co_return fact.error();
    // Versions that did not note it knew servers alone.
    const bool same = *fact ? **fact == rules_ : rules_.starts_with("http ");
    if (!same) snapshot.forget(name());
    if (!same) forget_zone();
    if (!*fact || **fact != rules_) note_rules();
    co_return error();
}

task<error> DomainStatsComponent::restore_zone() {
    auto zone = co_await around_.state->snapshot.fact(zone_fact);
    if (!zone) co_return zone.error();
    DomainStats* const server = parts_->source.server();
    if (!server || !*zone) co_return error();
    long seconds = 0;
    const char* const end = (*zone)->data() + (*zone)->size();
    if (std::from_chars((*zone)->data(), end, seconds).ec == std::errc{})
        server->set_zone(std::chrono::seconds(seconds));
    co_return error();
}

task<error> DomainStatsComponent::restore_registries() {
    Rdap* const rdap = parts_->source.rdap();
    if (!rdap || !rdap->fetches_bootstrap()) co_return error();
    Snapshot& snapshot = around_.state->snapshot;
    auto text = co_await snapshot.fact(registries_fact);
    if (!text) co_return text.error();
    auto fetched = *text ? RdapBootstrap::parse(**text) : result<RdapBootstrap>(errc::body_empty);
    auto from = co_await snapshot.fact(fetched_fact);
    if (!from) co_return from.error();
    if (fetched && age_of_fetch(*from, rdap->bootstrap_url())) rdap->use(*std::move(fetched));
    co_return error();
}

/// Until it is cancelled.
task<void> DomainStatsComponent::keep_registries() {
    Snapshot& snapshot = around_.state->snapshot;
    const auto write_down = [&snapshot](const std::string& url, const std::string& text) {
        const WallTime now = wall_seconds(WallClock::now());
        snapshot.note_fact(registries_fact, text);
        snapshot.note_fact(fetched_fact, url + " " + std::to_string(now.time_since_epoch().count()));
    };
    Rdap* const rdap = parts_->source.rdap();
    constexpr std::chrono::seconds whole = Rdap::bootstrap_good_for;
    std::chrono::seconds age = whole;
    auto fetched = co_await snapshot.fact(fetched_fact);
    if (fetched && rdap->fetches_bootstrap())
        age = age_of_fetch(*fetched, rdap->bootstrap_url()).value_or(whole);
    const auto wait = std::clamp(whole - age, std::chrono::seconds(0), whole);
    co_await rdap->keep_current(wait, write_down);
}

}  // namespace enrichd
