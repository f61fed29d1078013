#include "stages/domain_stats/domain_stats_component.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "asking/upstream_report.hpp"
#include "base/log.hpp"
#include "shared/shared_state.hpp"
#include "stages/domain_stats/domain_check_report.hpp"
#include "stages/domain_stats/domain_stats_component_parts.hpp"
#include "stages/domain_stats/domain_stats_options.hpp"

namespace enrichd {
namespace {

using Json = StatusJson;

/// A verdict without what its place adds.
Json verdict_json(const DomainStatsVerdict& verdict) {
    Json out{{"category", verdict.category},       {"alerts", verdict.alerts},
             {"freq_score", verdict.freq_scores},  {"seen_by_isc", verdict.seen_by_isc},
             {"seen_by_web", verdict.seen_by_web}, {"seen_by_you", verdict.seen_by_you}};
    if (!verdict.age_failure.empty()) out["age_error"] = verdict.age_failure;
    return out;
}

bool has_first_contact(const std::vector<Event>& events) {
    return std::any_of(events.begin(), events.end(), [](const Event& event) {
        return event.json.find(first_contact_alert) != std::string::npos;
    });
}

/// A verb does not try again: any failure ends it.
VerdictsOptions options_of(const Surroundings& around) {
    VerdictsOptions options;
    if (!around.state) options.answered_lately = {};
    return options;
}

}  // namespace

DomainStatsComponent::Parts::Parts(const Surroundings& around, const DomainStatsConfig& config,
                                   VerdictCache<PackedVerdict>& cache)
    : source(around.io, around.lookup, config),
      verdicts(around.io, around.work, cache, source.provider(), options_of(around)),
      check(verdicts, around.pipeline) {}

DomainStatsComponent::DomainStatsComponent(const Surroundings& around, DomainStatsSettings settings)
    : around_(around),
      settings_(std::move(settings)),
      cache_(around.state ? domain_stats_cache_options(settings_.cache_entries) : CacheOptions()) {
    if (settings_.config.mode == DomainStatsMode::off) {
        around_.pipeline.add_off(DomainCheck::stage_name, false);
        return;
    }
    parts_ = std::make_unique<Parts>(around_, settings_.config, cache_);
    if (around_.known) parts_->source.know(*around_.known);
    if (around_.known && parts_->source.embedded()) parts_->verdicts.know(*around_.known);
    if (parts_->source.embedded()) parts_->verdicts.one_for_each_provider();
    around_.pipeline.add(parts_->check);
    if (around_.state) remember();
}

DomainStatsComponent::~DomainStatsComponent() = default;

/// From here on what is learnt is written down. (A verdict is written with the alert that it was asked for.)
void DomainStatsComponent::remember() {
    VerdictSource& source = parts_->source;
    source.remember_in(around_.state->domains);
    if (around_.shared) source.share(*around_.shared);
    rules_ = source.rules(settings_.config);
    parts_->ages.emplace(around_.state->database);
    if (source.rdap()) {
        parts_->check.keep_ages_in(*parts_->ages);
        parts_->late_ages.emplace(around_.work, around_.pipeline, parts_->verdicts, around_.state->journal,
                                  *parts_->ages);
    }
    if (source.server()) source.server()->on_zone([this](std::chrono::seconds offset) { note_zone(offset); });
}

void DomainStatsComponent::configure(DomainStatsSettings settings) {
    settings_ = std::move(settings);
    cache_.configure(domain_stats_cache_options(settings_.cache_entries));
    if (!parts_) return;
    const DomainStatsConfig& config = settings_.config;
    parts_->source.configure(config);
    if (std::string now = parts_->source.rules(config); now != rules_) {
        rules_ = std::move(now);
        flush();
        note_rules();
        forget_zone();
        parts_->verdicts.provider_changed();
    }
    parts_->verdicts.slots(slots_of(config));
    parts_->verdicts.retry_for(config.retry_for);
    parts_->verdicts.keep_for(settings_.times);
    parts_->check.configure(domain_check_options(config));
}

std::string DomainStatsComponent::described() const {
    const DomainStatsConfig& config = settings_.config;
    std::string who = config.mode == DomainStatsMode::http ? config.url : "embedded";
    if (config.mode == DomainStatsMode::off) who = "off";
    return config.serve.empty() ? who : who + ", served on " + config.serve;
}

void DomainStatsComponent::add_reports(Reports& reports) const {
    if (!parts_) {
        reports.push_back(std::make_unique<OffReport>(std::string(name()), "domain_stats.mode is off"));
        return;
    }
    VerdictSource& source = parts_->source;
    reports.push_back(std::make_unique<DomainCheckReport>(
        DomainCheckReport::Parts{parts_->verdicts, cache_, around_.state->domains, source.http(),
                                 source.engine(), source.rdap(), *parts_->ages}));
}

void DomainStatsComponent::start(Tasks& services) {
    // Health is to be true before the first alert asks.
    if (parts_ && parts_->source.http()) services.spawn("domain_stats start probe", parts_->verdicts.look());
}

void DomainStatsComponent::start_restored(Tasks& services) {
    if (rdap()) services.spawn("registries", keep_registries());
    if (parts_ && parts_->late_ages) services.spawn("late ages", parts_->late_ages->watch());
}

void DomainStatsComponent::stop() {
    if (parts_) parts_->verdicts.stop();
}

void DomainStatsComponent::close_idle() {
    if (parts_) parts_->source.close_idle();
}

Verdicts& DomainStatsComponent::verdicts() {
    return parts_->verdicts;
}

const Rdap* DomainStatsComponent::rdap() const {
    return parts_ ? parts_->source.rdap() : nullptr;
}

std::optional<error> DomainStatsComponent::trouble() const {
    return parts_ ? parts_->verdicts.trouble() : std::nullopt;
}

/// The embedded engine asks no server, and its registries have pauses of their own.
std::optional<bool> DomainStatsComponent::upstream_paused() const {
    if (!parts_ || !parts_->source.http()) return std::nullopt;
    return parts_->verdicts.paused_by_operator();
}

void DomainStatsComponent::act_on_upstream(UpstreamAct act) {
    if (!upstream_paused()) return;
    if (act == UpstreamAct::reset)
        parts_->verdicts.probe_now();
    else
        parts_->verdicts.pause(act == UpstreamAct::pause);
}

std::vector<OpenQuestion> DomainStatsComponent::open_questions(std::size_t most) const {
    return parts_ ? parts_->verdicts.oldest(most) : std::vector<OpenQuestion>();
}

/// By which the cache knows it.
std::string_view DomainStatsComponent::domain_of(const HostName& name) const {
    return parts_ ? parts_->verdicts.domain_of(name) : name.registrable();
}

StatusJson DomainStatsComponent::cached(const HostName& name) const {
    const Clock::time_point now = Clock::now();
    const auto* packed = cache_.peek(domain_of(name), now);
    const auto life = cache_.life(domain_of(name), now);
    if (!packed || !life) return nullptr;
    Json out = verdict_json(packed->unpack());
    upstream_report::add_life(out, life->since, life->expires, now);
    return out;
}

std::vector<Component::Cached> DomainStatsComponent::cached(const CacheFilter& filter,
                                                            std::size_t most) const {
    std::vector<Cached> out;
    const Clock::time_point now = Clock::now();
    cache_.each(now, [&](const std::string& key, const PackedVerdict& verdict, const auto& life) {
        const std::string category(verdict.brief().category);
        const bool negative = category == "ERROR";
        if (filter.wants(key, negative))
            out.push_back({key, category, negative, now - life.since, life.expires - now});
        return out.size() < most;
    });
    return out;
}

void DomainStatsComponent::flush() {
    cache_.clear();
    if (around_.state) around_.state->snapshot.forget(name());
}

void DomainStatsComponent::flush(const HostName& name) {
    flush(std::string(domain_of(name)));
}

void DomainStatsComponent::flush(const std::string& key) {
    cache_.erase(key);
    if (around_.state) around_.state->snapshot.forget(name(), key);
}

void DomainStatsComponent::domain_forgotten(const std::string& domain) {
    flush(domain);
    if (around_.shared) around_.work.spawn("forgotten domain", around_.shared->contacts().forget(domain));
}

std::span<const std::string_view> DomainStatsComponent::known_keys() const {
    static constexpr std::array<std::string_view, 7> keys{
        "category", "alerts", "freq_score", "seen_by_isc", "seen_by_web", "seen_by_you", "age_error"};
    return keys;
}

void DomainStatsComponent::use(const HostName& name, const StatusJson& known) {
    if (known.is_null()) return;
    DomainStatsVerdict verdict;
    verdict.category = known.value("category", "");
    verdict.alerts = known.value("alerts", verdict.alerts);
    verdict.freq_scores = known.value("freq_score", verdict.freq_scores);
    verdict.seen_by_isc = known.value("seen_by_isc", "");
    verdict.seen_by_web = known.value("seen_by_web", "");
    verdict.seen_by_you = known.value("seen_by_you", "");
    verdict.age_failure = known.value("age_error", "");
    cache_.put(std::string(domain_of(name)), verdict, std::chrono::hours(1), Clock::now());
}

StatusJson DomainStatsComponent::shown(const Inspected& of, std::string&) const {
    if (of.destination == Destination::active_response)
        return {{"state", "not asked: an active response leaves this check out"}};
    if (!parts_) return {{"state", "off"}};
    if (const auto failed = trouble())
        return {{"state", "failed"}, {"reason", label(*failed)}, {"detail", failed->message()}};
    const auto* packed = cache_.peek(domain_of(of.name), Clock::now());
    if (!packed) return {{"state", "not asked"}};
    const bool from_daemon = !of.known.is_null();
    Json out{{"state", "answered"},
             {"source", from_daemon ? "cache of the running daemon" : "asked now"},
             {"age_seconds", from_daemon ? of.known["age_seconds"] : Json(0)}};
    out.update(verdict_json(packed->unpack()));
    if (from_daemon) return out;
    if (parts_->source.embedded()) {
        out["note"] = "whether it is a first contact only the running daemon knows; nothing was used up";
        return out;
    }
    out["first_contact"] = has_first_contact(of.events);
    if (out["first_contact"].get<bool>())
        out["note"] = "this look-up was the first contact; the server will not say it again";
    return out;
}

}  // namespace enrichd
