#include "stages/otx/otx_component.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "asking/stored_verdicts.hpp"
#include "asking/upstream_report.hpp"
#include "stages/otx/otx_options.hpp"
#include "stages/otx/otx_record.hpp"
#include "stages/otx/otx_report.hpp"

namespace enrichd {
namespace {

using Json = StatusJson;

constexpr std::string_view filter_fact = "otx_filter";
constexpr std::string_view usual_url = "https://otx.alienvault.com";
constexpr std::chrono::seconds patience(30);  // of an operator

/// Verdicts that were learnt with another text are forgotten.
std::string fingerprint_of(const OtxConfig& config) {
    const PulseFilter& filter = config.filter;
    std::string out = std::to_string(filter.min_pulses) + " " + std::to_string(filter.max_age_days) +
                      (filter.require_active ? " active" : " any");
    for (const std::string& author : filter.authors) out += "\nauthor " + author;
    for (const std::string& tag : filter.ignore_tags) out += "\ntag " + tag;
    if (config.server.url != usual_url)
        out += "\nurl " + config.server.url;  // earlier versions did not note it
    return out;
}

std::array<OtxQuestion, 2> questions_about(const HostName& name) {
    return {OtxQuestion{OtxSubject::hostname, name.text()},
            OtxQuestion{OtxSubject::domain, std::string(name.registrable())}};
}

/// Whether it is the key of a question that could be asked.
bool is_question(std::string_view key) {
    for (const OtxSubject subject : {OtxSubject::hostname, OtxSubject::domain}) {
        const std::string front = std::string(label(subject)) + "/";
        if (!key.starts_with(front)) continue;
        const auto name = HostName::parse(key.substr(front.size()));
        return name && OtxQuestion{subject, name->text()}.key() == key;
    }
    return false;
}

Json verdict_json(const OtxVerdict& verdict, const OtxQuestion& about) {
    Json pulses = Json::array();
    for (const Pulse& pulse : verdict.pulses)
        pulses.push_back({{"name", pulse.name}, {"author", pulse.author}, {"modified", pulse.modified}});
    return {{"subject", label(about.subject)},    {"name", about.name},
            {"pulse_count", verdict.pulse_count}, {"confidence", label(verdict.confidence)},
            {"reasons", verdict.reasons},         {"pulses", std::move(pulses)}};
}

/// An answer, from where, with its verdict.
Json answered(std::string_view source, const Json& verdict) {
    Json out{{"state", "answered"}, {"source", source}};
    out.update(verdict);
    return out;
}

/// A verb does not wait for the quota, see names_of_verb(), and does not try again: any failure ends it.
ReputationOptions options_of(const Surroundings& around, const OtxSettings& settings) {
    ReputationOptions options = reputation_options(settings.config, settings.times, settings.max_pending);
    if (around.state) return options;
    options.requests_per_hour = 1'000'000;
    options.answered_lately = {};
    options.max_strange = std::numeric_limits<unsigned>::max();
    return options;
}

OtxStageOptions stage_options_of(const Surroundings& around, const OtxConfig& config) {
    OtxStageOptions options = otx_stage_options(config);
    if (!around.state) options.retry_for = std::chrono::hours(24);
    return options;
}

/// A verb asks about as many names as the requests of an hour are enough for.
std::size_t names_of_verb(const OtxConfig& config) {
    return std::max<std::size_t>(1, config.requests_per_hour / std::max<std::size_t>(1, config.ask.size()));
}

Json one_state(std::string_view state) {
    return Json::array({{{"state", state}}});
}

}  // namespace

struct OtxComponent::Parts {
    Parts(const Surroundings& around, const OtxSettings& settings, VerdictCache<OtxVerdictPtr>& cache)
        : http(around.io, around.lookup, otx_http(settings.config)),
          otx(http, otx_options(settings.config)),
          reputation(around.io, around.work, cache, otx, options_of(around, settings)),
          stage(reputation) {
        stage.configure(stage_options_of(around, settings.config));
    }
    HttpClient http;
    Otx otx;
    Reputation reputation;
    OtxStage stage;
};

OtxComponent::OtxComponent(const Surroundings& around, OtxSettings settings)
    : around_(around),
      settings_(std::move(settings)),
      learnt_with_(fingerprint_of(settings_.config)),
      cache_(around.state ? otx_cache_options(settings_.cache_entries) : CacheOptions()) {
    if (settings_.config.key.empty()) {
        around_.pipeline.add_off(OtxStage::stage_name, true);
        return;
    }
    parts_ = std::make_unique<Parts>(around_, settings_, cache_);
    around_.pipeline.add(parts_->stage);
    if (around_.state)
        remember();
    else
        parts_->stage.ask_at_most(names_of_verb(settings_.config));
}

OtxComponent::~OtxComponent() = default;

/// From here on what is learnt is written down.
void OtxComponent::remember() {
    if (around_.shared) parts_->reputation.share(*around_.shared, learnt_with_);
    parts_->reputation.on_learnt(
        [this](const std::string& key, const OtxVerdict& verdict, Clock::duration good_for) {
            const WallTime expires =
                wall_seconds(WallClock::now() + std::chrono::round<std::chrono::seconds>(good_for));
            around_.state->snapshot.remember({name(), key, to_record(verdict), expires});
        });
}

void OtxComponent::configure(OtxSettings settings) {
    const bool new_key = settings.config.key.secret != settings_.config.key.secret;
    const bool new_server = settings.config.server.url != settings_.config.server.url;
    settings_ = std::move(settings);
    cache_.configure(otx_cache_options(settings_.cache_entries));
    if (!parts_) return;
    if (std::string text = fingerprint_of(settings_.config); text != learnt_with_) {
        learnt_with_ = std::move(text);
        forget_all();
        around_.state->snapshot.note_fact(filter_fact, learnt_with_);
    }
    parts_->http.configure(otx_http(settings_.config));
    parts_->otx.configure(otx_options(settings_.config));
    parts_->reputation.configure(reputation_options(settings_.config, settings_.times, settings_.max_pending),
                                 new_key, new_server);
    parts_->stage.configure(otx_stage_options(settings_.config));
}

std::string OtxComponent::described() const {
    if (settings_.config.mode == OtxMode::off) return "off";
    return settings_.config.key.empty() ? "off: no key" : "asked, key from " + settings_.config.key.source;
}

void OtxComponent::add_reports(Reports& reports) const {
    if (parts_)
        reports.push_back(
            std::make_unique<OtxReport>(parts_->reputation, cache_, parts_->http, around_.state->journal));
    else
        reports.push_back(std::make_unique<OffReport>(
            std::string(name()),
            settings_.config.mode == OtxMode::off ? "otx.mode is off" : "no key is given"));
}

task<error> OtxComponent::restore() {
    if (!parts_) co_return error();
    Snapshot& snapshot = around_.state->snapshot;
    auto fact = co_await snapshot.fact(filter_fact);
    if (!fact) co_return fact.error();
    if (*fact != learnt_with_) {
        snapshot.forget(name());
        snapshot.note_fact(filter_fact, learnt_with_);
    }
    const Lifetimes times = settings_.times.all();
    Restore restore = [this](RememberedVerdict& one, WallTime today) { return put(one, today); };
    co_return co_await restore_verdicts(snapshot, name(), times, std::move(restore));
}

Restored OtxComponent::put(RememberedVerdict& one, WallTime today) {
    auto verdict = otx_verdict_of(one.body);
    if (!verdict) return Restored::unread;
    const auto kind = OtxTimes::kind(*verdict);
    OtxVerdictPtr shared = std::make_shared<const OtxVerdict>(*std::move(verdict));
    return put_restored(cache_, one, std::move(shared), kind, settings_.times.all(), today);
}

task<result<std::vector<RememberedVerdict>>> OtxComponent::stored_after(std::string key, std::size_t count) {
    auto some = co_await around_.state->snapshot.after(name(), std::move(key), count);
    co_return some;
}

std::string_view OtxComponent::take(RememberedVerdict one) {
    if (!is_question(one.key)) return "the key is not a name";
    Snapshot& snapshot = around_.state->snapshot;
    if (snapshot.is_behind()) return cannot_keep_up;
    const WallTime today = wall_seconds(WallClock::now());
    const auto known = cache_.life(one.key, Clock::now());
    // Ages that come from the calendar are exact to the second.
    if (known && Clock::now() - known->since <= one.age(today) + std::chrono::seconds(1))
        return "not younger than what is known here";
    auto verdict = otx_verdict_of(one.body);
    if (!verdict) return "not readable";
    // As it is written here: what a stranger adds is left out.
    one.body = to_record(*verdict);
    one.expires =
        std::min(one.expires, today + std::chrono::round<std::chrono::seconds>(settings_.times.of(*verdict)));
    RememberedVerdict kept = one;
    switch (put(one, today)) {
        case Restored::unread:
            return "not readable";
        case Restored::outlived:
            return "too old";
        case Restored::kept:
            break;
    }
    snapshot.remember(std::move(kept));
    return {};
}

void OtxComponent::begin_no_more() {
    if (parts_) parts_->reputation.stop();
}

void OtxComponent::close_idle() {
    if (parts_) parts_->http.close_idle();
}

std::optional<error> OtxComponent::trouble() const {
    return parts_ ? parts_->reputation.trouble() : std::nullopt;
}

std::optional<bool> OtxComponent::upstream_paused() const {
    return parts_ ? std::optional(parts_->reputation.paused_by_operator()) : std::nullopt;
}

void OtxComponent::act_on_upstream(UpstreamAct act) {
    if (!parts_) return;
    if (act == UpstreamAct::reset)
        parts_->reputation.try_now();
    else
        parts_->reputation.pause(act == UpstreamAct::pause);
}

std::vector<OpenQuestion> OtxComponent::open_questions(std::size_t most) const {
    return parts_ ? parts_->reputation.oldest(most) : std::vector<OpenQuestion>();
}

StatusJson OtxComponent::cached(const HostName& name) const {
    const Clock::time_point now = Clock::now();
    Json out = Json::array();
    for (const OtxQuestion& about : questions_about(name)) {
        const auto* verdict = cache_.peek(about.key(), now);
        const auto life = cache_.life(about.key(), now);
        if (!verdict || !life) continue;
        out.push_back(verdict_json(**verdict, about));
        upstream_report::add_life(out.back(), life->since, life->expires, now);
    }
    return out;
}

std::vector<Component::Cached> OtxComponent::cached(const CacheFilter& filter, std::size_t most) const {
    std::vector<Cached> out;
    const Clock::time_point now = Clock::now();
    cache_.each(now, [&](const std::string& key, const OtxVerdictPtr& verdict, const auto& life) {
        const bool negative = !verdict->hit();
        if (filter.wants(key, negative))
            out.push_back(
                {key, negative ? "not found" : "found", negative, now - life.since, life.expires - now});
        return out.size() < most;
    });
    return out;
}

void OtxComponent::flush() {
    forget_all();
    if (around_.shared)
        around_.work.spawn("otx flush",
                           around_.shared->questions().forget_all(std::string(name()), learnt_with_));
}

void OtxComponent::forget_all() {
    cache_.clear();
    if (around_.state) around_.state->snapshot.forget(name());
}

void OtxComponent::flush(const HostName& name) {
    for (const OtxQuestion& about : questions_about(name)) flush(about.key());
}

void OtxComponent::flush(const std::string& key) {
    cache_.erase(key);
    if (around_.state) around_.state->snapshot.forget(name(), key);
    if (around_.shared)
        around_.work.spawn("otx flush",
                           around_.shared->questions().forget(std::string(name()), learnt_with_, key));
}

/// Within the quota, before all others: somebody waits for it.
task<Component::Asked> OtxComponent::ask(HostName name) {
    if (!parts_) co_return Asked{{}, "OTX is off in the running daemon: it has no key, or otx.mode is off"};
    Reputation& reputation = parts_->reputation;
    if (reputation.paused_by_operator())
        co_return Asked{{}, "OTX: paused by an operator; enrichd provider resume otx"};
    if (const auto& trouble = reputation.trouble(); trouble && reputation.paused())
        co_return Asked{{}, "OTX: requests are paused: " + trouble->message()};
    auto found = co_await reputation.ask(name, Suspicion::requested, Clock::now() + patience);
    Json verdicts = cached(name);
    if (!found && verdicts.empty()) co_return Asked{{}, "OTX: " + found.error().message()};
    co_return Asked{verdicts.dump(-1, ' ', false, Json::error_handler_t::replace), {}};
}

void OtxComponent::use(const HostName&, const StatusJson& known) {
    if (parts_ && (known.is_object() || !known.empty())) parts_->stage.ask_at_most(0);
}

StatusJson OtxComponent::shown(const Inspected& of, std::string& failure) const {
    Json out = Json::array();
    for (const Json& one : of.known) out.push_back(answered("cache of the running daemon", one));
    if (!out.empty()) return out;
    if (!parts_) return shown_by_daemon(of, failure);
    for (const OtxQuestion& about : questions_about(of.name)) {
        const auto* verdict = cache_.peek(about.key(), Clock::now());
        if (!verdict) continue;
        Json one = answered("asked now", {{"age_seconds", 0}});
        one.update(verdict_json(**verdict, about));
        out.push_back(std::move(one));
    }
    if (const auto failed = trouble())
        out.push_back({{"state", "failed"}, {"reason", label(*failed)}, {"detail", failed->message()}});
    if (!out.empty()) return out;
    if (of.failed_before.empty()) return one_state("not asked");
    return one_state("not asked: " + std::string(of.failed_before) + " failed");
}

/// Where there is no key here, the running daemon is asked: its key may be one that nobody else can read.
StatusJson OtxComponent::shown_by_daemon(const Inspected& of, std::string& failure) const {
    if (settings_.config.mode == OtxMode::off) return one_state("off: otx.mode is off");
    if (!of.wanted && !settings_.config.always) return one_state("not asked: nothing suspicious was found");
    const Inspected::Answer answer = of.ask_daemon(verb());
    if (answer.failure.empty()) {
        Json out = Json::array();
        for (const Json& one : Json::parse(answer.json).value(std::string(name()), Json::array()))
            out.push_back(answered("the running daemon, with its key", one));
        return out;
    }
    // It was asked, in vain.
    if (settings_.config.mode == OtxMode::on || answer.failure.starts_with("OTX: "))
        failure = "OTX could not be asked";
    return Json::array({{{"state", "not asked"},
                         {"reason", "there is no key here, and the running daemon has no answer"},
                         {"detail", answer.failure},
                         {"note",
                          "without a running daemon, name a key file by otx.api_key_file: a key given by "
                          "LoadCredential is seen by the service alone"}}});
}

}  // namespace enrichd
