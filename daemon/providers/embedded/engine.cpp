#include "providers/embedded/engine.hpp"

#include "providers/embedded/idn_letters.hpp"

namespace enrichd {
namespace {

constexpr const char* unknown = "UNKNOWN";

void tell_age(const KnownAge& age, WallTime now, const DomainAgeOptions& options,
              DomainStatsVerdict& verdict) {
    if (age.registration) {
        verdict.category = established(*age.registration, now, options) ? "ESTABLISHED" : "NEW";
        verdict.seen_by_isc = "RDAP";
        verdict.seen_by_web = to_http_date(age.registration->registered);
    } else {
        verdict.category = verdict.seen_by_isc = verdict.seen_by_web = unknown;
        verdict.age_failure = age.failure;
    }
}

}  // namespace

Engine::Engine(FrequencyTable table, KnownDomains known, EngineOptions options)
    : table_(std::move(table)), known_(std::move(known)), options_(options) {}

task<result<DomainStatsAnswer>> Engine::ask(const HostName& name, Asked& asked, bool for_alert) {
    const std::string domain(name.registrable());
    const WallTime now = now_();
    if (!asked.first) asked.first = now;
    ++asked.times;
    const bool is_known = known_.contains(domain);
    Contact contact{false, false, now, {}};
    if (domains_) {
        auto noted = co_await domains_->note(domain, now, is_known);
        if (!noted) co_return noted.error();
        contact = *std::move(noted);
    }

    DomainStatsAnswer answer;
    DomainStatsVerdict& verdict = answer.verdict;
    score(domain, is_known, verdict);
    verdict.seen_by_you = domains_ ? to_http_date(contact.seen) : unknown;
    if (is_known) {
        verdict.category = "ESTABLISHED";
        verdict.seen_by_isc = known_.name();
        verdict.seen_by_web = unknown;
        co_return answer;
    }
    answer.first_contact = contact.first;
    answer.recovered = contact.first && contact.before;
    KnownAge age;
    // The names below a provider's suffix, such as duckdns.org, are no registry's.
    if (rdap_ && !name.under_private_suffix())
        age = co_await age_of(domain, contact.age, for_alert, verdict.provisional);
    tell_age(age, now, options_.age, verdict);
    co_return answer;
}

task<result<void>> Engine::probe() {
    if (!domains_) co_return result<void>();
    auto looked = co_await domains_->after("", 1);
    if (!looked) co_return looked.error();
    co_return result<void>();
}

void Engine::score(std::string_view domain, bool is_known, DomainStatsVerdict& verdict) const {
    const std::string letters = readable_letters(domain);
    if (!enough_letters(letters)) return;
    const FrequencyScores scores = table_.score(letters);
    verdict.freq_scores = {scores.average, scores.word};
    const int low =
        (scores.average < options_.average_alert ? 1 : 0) + (scores.word < options_.word_alert ? 1 : 0);
    if (is_known) return;
    if (low == 2) verdict.alerts.emplace_back(low_frequency_alert);
    if (low == 1) verdict.alerts.emplace_back(suspect_frequency_alert);
}

/// What is known of it while that is good, else what the registry says now, which is written down.
task<KnownAge> Engine::age_of(std::string domain, KnownAge age, bool for_alert, bool& provisional) {
    const WallTime now = now_();
    if (age.good_until && *age.good_until > now) co_return age;
    auto answer = co_await rdap_->ask(domain, for_alert);
    if (answer.registration) {
        age.registration = *answer.registration;
        age.failure.clear();
        age.good_until = good_until(*age.registration, now, options_.age);
    } else {
        const error failure = answer.registration.error();
        if (failure == errc::no_registry) co_return age;
        provisional =
            failure == errc::registry_rests || failure == errc::queue_full || failure == errc::cancelled;
        if (provisional) co_return age;
        // A registration that was known is not gone because its registry is away.
        if (answer.about_the_domain) age.registration.reset();
        age.failure = std::move(answer.failure);
        age.good_until = failure_good_until(answer.about_the_domain, now, options_.age);
    }
    // What the state file does not take, which it says itself, is asked for again.
    if (domains_) co_await domains_->learn(std::move(domain), age);
    co_return age;
}

}  // namespace enrichd
