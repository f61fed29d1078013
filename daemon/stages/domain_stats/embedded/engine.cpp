#include "stages/domain_stats/embedded/engine.hpp"

#include "base/units.hpp"
#include "pipeline/provider_labels.hpp"
#include "stages/domain_stats/embedded/idn_letters.hpp"

namespace enrichd {
namespace {

constexpr const char* unknown = "UNKNOWN";

constexpr std::string_view punycode_prefix = "xn--";

/// With fewer letters of the Latin script, a label that is partly in another one is not rated.
constexpr std::size_t least_of_two_scripts = 6;

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

Engine::Engine(FrequencyTable table, EngineOptions options) : table_(std::move(table)) {
    configure(options);
}

void Engine::configure(EngineOptions options) {
    options_ = options;
    suspect_score_ = model_.score_at(options_.model_fpr);
    low_score_ = model_.score_at(options_.model_fpr / 10);
}

task<result<DomainStatsAnswer>> Engine::ask(const HostName& name, Ticket& ticket) {
    const std::string domain(judged_domain(name, known_));
    const WallTime now = now_();
    ticket.asked.note(now);
    const std::string known_by = known_ ? known_->known_by(domain) : std::string();
    const bool is_known = !known_by.empty();
    Contact contact{false, false, now};
    if (domains_) {
        auto noted = co_await domains_->note(domain, now, is_known, ticket.reporter);
        if (!noted) co_return noted.error();
        contact = *std::move(noted);
        if (contacts_) co_await contacts_->claim(domain, contact);
    }

    DomainStatsAnswer answer;
    DomainStatsVerdict& verdict = answer.verdict;
    score(domain, is_known, verdict);
    verdict.seen_by_you = domains_ ? to_http_date(contact.seen) : unknown;
    if (is_known) {
        verdict.category = "ESTABLISHED";
        verdict.seen_by_isc = known_by;
        verdict.seen_by_web = unknown;
        co_return answer;
    }
    answer.first_contact = contact.first;
    answer.under_way = contact.under_way;
    answer.recovered = contact.first && contact.before;
    KnownAge age;
    // The names below a provider's suffix, such as duckdns.org, are no registry's.
    const bool registered = domain != name.registrable() || !name.under_private_suffix();
    if (rdap_ && registered) age = co_await age_of(domain, contact.age, ticket, answer);
    const error forbidden = ticket.may_send ? ticket.may_send() : error();
    if (forbidden) co_return forbidden;
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
    if (is_known) return;
    const int low = alarms(letters, scores);
    if (low == 2) verdict.alerts.emplace_back(low_frequency_alert);
    if (low == 1) verdict.alerts.emplace_back(suspect_frequency_alert);
}

/// 0 to 2: how random it looks. `letters`: of the domain, with its suffix.
int Engine::alarms(std::string_view letters, const FrequencyScores& scores) const {
    if (!options_.by_model)
        return (scores.average < options_.average_alert ? 1 : 0) +
               (scores.word < options_.word_alert ? 1 : 0);
    std::string label(letters.substr(0, letters.find('.')));
    if (label.starts_with(punycode_prefix))
        label.erase(0, punycode_prefix.size());  // it is not good punycode
    const bool foreign = std::erase(label, other_letter) > 0;
    if (foreign && label.size() < least_of_two_scripts) return 0;
    const int score = model_.score(label);
    return (score > suspect_score_ ? 1 : 0) + (score > low_score_ ? 1 : 0);
}

/// Not longer than it would be good if it were learnt now: it may have been written while the clock was years
/// ahead, or before a time was lowered.
bool Engine::still_good(const KnownAge& age, WallTime now) const {
    if (!age.good_until || *age.good_until <= now) return false;
    const WallTime longest = age.failure.empty() && age.registration
                                 ? good_until(*age.registration, now, options_.age)
                                 : failure_good_until(true, now, options_.age);
    return *age.good_until <= longest;
}

/// What is known of it while that is good, else what the registry says now, which is written down.
task<KnownAge> Engine::age_of(std::string domain, KnownAge age, const Ticket& ticket,
                              DomainStatsAnswer& verdict) {
    const WallTime now = now_();
    if (still_good(age, now)) co_return age;
    auto asking = ages_ ? ages_->ask(domain, ticket.for_alert, ticket.may_send)
                        : rdap_->ask(domain, ticket.for_alert, ticket.may_send);
    auto answer = co_await std::move(asking);
    verdict.age_again_in = answer.again_in;
    if (answer.registration) {
        age.registration = *answer.registration;
        age.failure.clear();
        age.good_until = good_until(*age.registration, now, options_.age);
    } else {
        const error failure = answer.registration.error();
        if (failure == errc::no_registry) co_return age;
        bool& provisional = verdict.verdict.provisional;
        provisional = failure == errc::registry_rests || failure == errc::queue_full ||
                      failure == errc::cancelled || failure == errc::filtered;
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
