#include "app/memory.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>

#include "base/log.hpp"
#include "net/tasks.hpp"
#include "stages/otx/otx_record.hpp"

namespace enrichd {
namespace {

constexpr std::string_view zone_fact = "domain_stats_zone_seconds";
constexpr std::string_view judge_fact = "domain_stats_judge";
constexpr std::string_view registries_fact = "rdap_bootstrap";
constexpr std::string_view fetched_fact = "rdap_bootstrap_fetched";
constexpr std::string_view filter_fact = "otx_filter";
constexpr std::string_view usual_otx_url = "https://otx.alienvault.com";

/// Verdicts read at once. To change threads for each costs more than the memory.
constexpr std::size_t chunk = 4'000;

constexpr Clock::duration tidy_every = std::chrono::minutes(10);

}  // namespace

std::string Memory::text_of(const PulseFilter& filter, const std::string& url) {
    std::string out = std::to_string(filter.min_pulses) + " " + std::to_string(filter.max_age_days) +
                      (filter.require_active ? " active" : " any");
    for (const std::string& author : filter.authors) out += "\nauthor " + author;
    for (const std::string& tag : filter.ignore_tags) out += "\ntag " + tag;
    if (url != usual_otx_url) out += "\nurl " + url;  // earlier versions did not note it
    return out;
}

namespace {

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

void Memory::of(DomainStats& domain_stats) {
    domain_stats_ = &domain_stats;
    domain_stats.on_zone([this](std::chrono::seconds offset) {
        snapshot_.note_fact(zone_fact, std::to_string(offset.count()));
    });
}

void Memory::of(Reputation& reputation) {
    reputation.on_learnt([this](const std::string& key, const OtxVerdict& verdict, Clock::duration good_for) {
        const WallTime expires =
            wall_seconds(WallClock::now() + std::chrono::round<std::chrono::seconds>(good_for));
        snapshot_.remember({Reputation::provider_name, key, to_record(verdict), expires});
    });
}

void Memory::otx_changed(std::string text) {
    if (text == otx_) return;
    otx_ = std::move(text);
    otx_verdicts_.clear();
    snapshot_.forget(Reputation::provider_name);
    snapshot_.note_fact(filter_fact, otx_);
}

task<error> Memory::restore() {
    const error no_judge = co_await restore_judge();
    if (no_judge) co_return no_judge;
    const error no_facts = co_await restore_facts();
    if (no_facts) co_return no_facts;
    const error no_domains = co_await restore_domains();
    if (no_domains) co_return no_domains;
    const auto count = co_await snapshot_.count();
    if (!count) co_return count.error();
    domain_stats_verdicts_.expect(*count);  // of OTX there are few
    const Clock::time_point now = Clock::now();
    const auto put_domain_stats = [this, now](RememberedVerdict& one, WallTime today) {
        auto verdict = PackedVerdict::read(std::move(one.body));
        if (!verdict) return Put::unread;
        const auto kind = DomainTimes::kind(verdict->brief());
        return put_into(domain_stats_verdicts_, one, *std::move(verdict), kind, domain_times_, now, today);
    };
    const error failure = co_await restore_verdicts(Verdicts::provider_name, domain_times_, put_domain_stats);
    if (failure || otx_.empty()) co_return failure;
    const auto put_otx = [this, now](RememberedVerdict& one, WallTime today) {
        auto verdict = otx_verdict_of(one.body);
        if (!verdict) return Put::unread;
        const auto kind = OtxTimes::kind(*verdict);
        OtxVerdictPtr shared = std::make_shared<const OtxVerdict>(*std::move(verdict));
        return put_into(otx_verdicts_, one, std::move(shared), kind, otx_times_, now, today);
    };
    co_return co_await restore_verdicts(Reputation::provider_name, otx_times_, put_otx);
}

task<error> Memory::restore_facts() {
    auto zone = co_await snapshot_.fact(zone_fact);
    if (!zone) co_return zone.error();
    long seconds = 0;
    if (domain_stats_ && *zone &&
        std::from_chars((*zone)->data(), (*zone)->data() + (*zone)->size(), seconds).ec == std::errc{})
        domain_stats_->set_zone(std::chrono::seconds(seconds));
    if (otx_.empty()) co_return error();
    auto otx = co_await snapshot_.fact(filter_fact);
    if (!otx) co_return otx.error();
    if (*otx != otx_) {
        snapshot_.forget(Reputation::provider_name);
        snapshot_.note_fact(filter_fact, otx_);
    }
    co_return error();
}

bool Memory::judge_changed(std::string text) {
    if (text == judge_) return false;
    judge_ = std::move(text);
    domain_stats_verdicts_.clear();
    snapshot_.forget(Verdicts::provider_name);
    snapshot_.note_fact(judge_fact, judge_);
    forget_zone();
    return true;
}

/// It is that of another server's times.
void Memory::forget_zone() {
    if (domain_stats_) domain_stats_->forget_zone();
    snapshot_.note_fact(zone_fact, "");
}

task<error> Memory::restore_judge() {
    if (judge_.empty()) co_return error();
    auto fact = co_await snapshot_.fact(judge_fact);
    if (!fact) co_return fact.error();
    // Versions that did not note it knew servers alone.
    const bool same = *fact ? **fact == judge_ : judge_.starts_with("http ");
    if (!same) snapshot_.forget(Verdicts::provider_name);
    if (!same) forget_zone();
    if (!*fact || **fact != judge_) snapshot_.note_fact(judge_fact, judge_);
    co_return error();
}

task<error> Memory::restore_domains() {
    if (domains_) {
        const error failure = co_await domains_->load();
        if (failure) co_return failure;
    }
    if (!rdap_ || !rdap_->fetches_bootstrap()) co_return error();
    auto text = co_await snapshot_.fact(registries_fact);
    if (!text) co_return text.error();
    auto fetched = *text ? RdapBootstrap::parse(**text) : result<RdapBootstrap>(errc::body_empty);
    auto from = co_await snapshot_.fact(fetched_fact);
    if (!from) co_return from.error();
    if (fetched && age_of_fetch(*from, rdap_->bootstrap_url())) rdap_->use(*std::move(fetched));
    co_return error();
}

task<void> Memory::keep_registries() {
    const auto write_down = [this](const std::string& url, const std::string& text) {
        const WallTime now = wall_seconds(WallClock::now());
        snapshot_.note_fact(registries_fact, text);
        snapshot_.note_fact(fetched_fact, url + " " + std::to_string(now.time_since_epoch().count()));
    };
    constexpr std::chrono::seconds whole = Rdap::bootstrap_good_for;
    std::chrono::seconds age = whole;
    auto fetched = co_await snapshot_.fact(fetched_fact);
    if (fetched && rdap_->fetches_bootstrap())
        age = age_of_fetch(*fetched, rdap_->bootstrap_url()).value_or(whole);
    const auto wait = std::clamp(whole - age, std::chrono::seconds(0), whole);
    co_await rdap_->keep_current(wait, write_down);
}

/// No verdict is good for longer than it would be if it were learnt today.
template <class Verdict>
Memory::Put Memory::put_into(VerdictCache<Verdict>& cache, RememberedVerdict& one, Verdict verdict,
                             std::uint8_t kind, const Lifetimes& times, Clock::time_point now,
                             WallTime today) {
    const Clock::duration time_to_live = times[kind];
    const Clock::duration good_for = one.good_for(today, time_to_live);
    if (good_for <= Clock::duration::zero()) return Put::outlived;
    cache.put(std::move(one.key), std::move(verdict), good_for, now, {kind, one.age(today)});
    return Put::kept;
}

/// `put` says whether it could read a verdict; one that it could not is asked for again.
template <class PutOne>
task<error> Memory::restore_verdicts(std::string_view provider, const Lifetimes& times, PutOne put) {
    std::size_t restored = 0;
    bool outlived = false;
    Snapshot::Piece piece = snapshot_.begin_after(provider, {}, chunk);
    for (bool more = true; more;) {
        auto some = co_await snapshot_.end(piece);
        if (!some) co_return some.error();
        more = some->size() == chunk;
        if (more) piece = snapshot_.begin_after(provider, some->back().key, chunk);
        const WallTime now = wall_seconds(WallClock::now());
        for (RememberedVerdict& one : *some) {
            const Put how = put(one, now);
            restored += how == Put::kept ? 1 : 0;
            outlived = outlived || how == Put::outlived;
        }
    }
    if (outlived) forget_outlived(provider, times);
    if (restored > 0)
        log::info("verdicts of an earlier run are known", {{"provider", provider}, {"verdicts", restored}});
    co_return error();
}

/// They would keep the room of good ones until they say themselves that they have expired, years from now.
void Memory::forget_outlived(std::string_view provider, const Lifetimes& times) {
    const auto longest =
        std::chrono::ceil<std::chrono::seconds>(*std::max_element(times.begin(), times.end()));
    const WallTime now = wall_seconds(WallClock::now());
    snapshot_.forget_outside(provider, now - longest, now + longest);
}

task<void> Memory::shrink() {
    constexpr std::size_t at_once = 500;  // of small things, within a millisecond
    const auto too_much = [this] {
        const bool of_domain_stats = domain_stats_verdicts_.trim(at_once);
        const bool of_otx = otx_verdicts_.trim(at_once);
        return of_domain_stats || of_otx;
    };
    for (bool awake = true; awake && too_much();)
        awake = co_await sleep_until(Clock::now() + std::chrono::milliseconds(1));
}

task<void> Memory::tidy() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + tidy_every)) {
        co_await shrink();
        co_await snapshot_.prune();
        for (bool more = domains_ != nullptr; more;) more = co_await domains_->prune();
    }
}

}  // namespace enrichd
