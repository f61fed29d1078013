#include "app/inspect.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "stages/domain_stats/judge.hpp"
#include "cli/terminal.hpp"
#include "pipeline/alert_reader.hpp"
#include "pipeline/pipeline.hpp"
#include "stages/domain_stats/domain_check.hpp"
#include "stages/domain_stats/domain_stats_options.hpp"
#include "stages/otx/otx_options.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* from_daemon = "cache of the running daemon";

class Remembering final : public Sink {
  public:
    std::vector<Undelivered> deliver(Event event) override {
        events.push_back(std::move(event));
        return {};
    }
    std::size_t copies(const Event&) const override { return 1; }
    bool deliver_or_refuse(const Event& event) override {
        events.push_back(event);
        return true;
    }
    std::vector<Event> events;
};

/// What has been answered so far.
struct Answers {
    VerdictCache<PackedVerdict> domain_stats{CacheOptions{}};
    VerdictCache<OtxVerdictPtr> otx{CacheOptions{}};
};

/// Everything that one alert needs.
class Inspection {
  public:
    Inspection(const Config& config, bool otx_always, Answers& answers)
        : cache_(answers.domain_stats), otx_cache_(answers.otx) {
        if (config.domain_stats.mode != DomainStatsMode::off) {
            judge_.emplace(io_, lookup_, config.domain_stats);
            verdicts_.emplace(io_, tasks_, cache_, judge_->provider(), VerdictsOptions{});
            domain_check_.emplace(*verdicts_, pipeline_);
            pipeline_.add(*domain_check_);
        }
        if (!config.otx.key.empty()) {
            otx_http_.emplace(io_, lookup_, otx_http(config.otx));
            otx_.emplace(*otx_http_, otx_options(config.otx));
            ReputationOptions now =
                reputation_options(config.otx, config.otx_times, config.state.max_pending);
            now.requests_per_hour = std::max<std::size_t>(now.requests_per_hour, 100);  // it asks two at most
            reputation_.emplace(io_, tasks_, otx_cache_, *otx_, now);
            otx_stage_.emplace(*reputation_);
            otx_stage_->configure({otx_always, std::chrono::hours(24)});
            pipeline_.add(*otx_stage_);
        }
        pipeline_.filter(config.gate);
    }

    /// Lets the alert go on until it ends or an upstream fails: nobody wants to wait for a second try here.
    void run(Job& job) {
        bool ended = false;
        tasks_.spawn("alert", process(job, ended));
        while (!ended && !failure("domain_stats") && !failure("otx") && io_.run_one() > 0) {
        }
        // What was to be told is told, then all ends.
        io_.restart();
        io_.poll();
        if (verdicts_) verdicts_->stop();
        if (reputation_) reputation_->stop();
        tasks_.cancel();
        io_.restart();
        const Clock::time_point limit = Clock::now() + std::chrono::seconds(2);
        while (tasks_.running() > 0 && io_.run_one_until(limit) > 0) {
        }
    }

    std::optional<error> failure(std::string_view provider) const {
        if (provider == "otx") return reputation_ ? reputation_->trouble() : std::nullopt;
        return verdicts_ ? verdicts_->trouble() : std::nullopt;
    }

    Json domain_stats(const HostName& name, const Json& known) const {
        if (!verdicts_) return {{"state", "off"}};
        if (const auto failed = failure("domain_stats"))
            return {{"state", "failed"}, {"reason", label(*failed)}, {"detail", failed->message()}};
        const auto* packed = cache_.peek(name.registrable(), Clock::now());
        if (!packed) return {{"state", "not asked"}};
        const DomainStatsVerdict verdict = packed->unpack();
        Json out{{"state", "answered"},
                 {"source", known.is_null() ? "asked now" : from_daemon},
                 {"age_seconds", known.is_null() ? Json(0) : known["age_seconds"]},
                 {"category", verdict.category},
                 {"alerts", verdict.alerts},
                 {"freq_score", verdict.freq_scores},
                 {"seen_by_isc", verdict.seen_by_isc},
                 {"seen_by_web", verdict.seen_by_web},
                 {"seen_by_you", verdict.seen_by_you}};
        if (!verdict.age_failure.empty()) out["age_error"] = verdict.age_failure;
        if (!known.is_null()) return out;
        if (judge_->embedded())
            out["note"] = "whether it is a first contact only the running daemon knows; nothing was used up";
        else
            out["first_contact"] = first_contact();
        return out;
    }

    Json otx(const HostName& name) const {
        if (!reputation_) return Json::array({{{"state", "off"}}});
        Json out = Json::array();
        for (const auto& [subject, text] : {std::pair(OtxSubject::hostname, name.text()),
                                            {OtxSubject::domain, std::string(name.registrable())}}) {
            const auto* verdict = otx_cache_.peek(OtxQuestion{subject, text}.key(), Clock::now());
            if (verdict) out.push_back(otx_verdict(subject, text, **verdict));
        }
        if (const auto failed = failure("otx"))
            out.push_back({{"state", "failed"}, {"reason", label(*failed)}, {"detail", failed->message()}});
        if (out.empty())
            out.push_back(
                {{"state", failure("domain_stats") ? "not asked: Domain Stats failed" : "not asked"}});
        return out;
    }

    const std::vector<Event>& events() const { return sink_.events; }

  private:
    task<void> process(Job& job, bool& ended) {
        co_await pipeline_.run(job);
        ended = true;
    }

    bool first_contact() const {
        return std::any_of(sink_.events.begin(), sink_.events.end(), [](const Event& event) {
            return event.json.find(first_contact_alert) != std::string::npos;
        });
    }

    static Json otx_verdict(OtxSubject subject, const std::string& text, const OtxVerdict& verdict) {
        Json pulses = Json::array();
        for (const Pulse& pulse : verdict.pulses)
            pulses.push_back({{"name", pulse.name}, {"author", pulse.author}, {"modified", pulse.modified}});
        return {{"state", "answered"},
                {"source", "asked now"},
                {"age_seconds", 0},
                {"subject", label(subject)},
                {"name", text},
                {"pulse_count", verdict.pulse_count},
                {"confidence", label(verdict.confidence)},
                {"reasons", verdict.reasons},
                {"pulses", std::move(pulses)}};
    }

    asio::io_context io_{1};
    Tasks tasks_{io_};
    Lookup lookup_{io_};
    Remembering sink_;
    VerdictCache<PackedVerdict>& cache_;
    std::optional<Judge> judge_;
    std::optional<Verdicts> verdicts_;
    VerdictCache<OtxVerdictPtr>& otx_cache_;
    std::optional<HttpClient> otx_http_;
    std::optional<Otx> otx_;
    std::optional<Reputation> reputation_;
    Pipeline pipeline_{sink_};
    std::optional<DomainCheck> domain_check_;
    std::optional<OtxStage> otx_stage_;
};

Report report(const Json& steps, bool good) {
    const std::string json = steps.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
    return {json, as_lines(json), {}, good};
}

Json from_cache(const Json& otx) {
    Json out = Json::array();
    for (const Json& one : otx) {
        out.push_back({{"state", "answered"}, {"source", from_daemon}});
        out.back().update(one);
    }
    return out;
}

/// What the running daemon knows of a verdict, as an answer.
void remember(const Json& known, std::string_view domain, Answers& answers) {
    DomainStatsVerdict verdict;
    verdict.category = known.value("category", "");
    verdict.alerts = known.value("alerts", verdict.alerts);
    verdict.freq_scores = known.value("freq_score", verdict.freq_scores);
    verdict.seen_by_isc = known.value("seen_by_isc", "");
    verdict.seen_by_web = known.value("seen_by_web", "");
    verdict.seen_by_you = known.value("seen_by_you", "");
    verdict.age_failure = known.value("age_error", "");
    answers.domain_stats.put(std::string(domain), verdict, std::chrono::hours(1), Clock::now());
}

/// OTX by way of the running daemon, when there is no key here. `wanted`: the daemon would ask.
Json otx_by_daemon(const Config& config, const HostName& name, bool wanted, const AskDaemon& daemon,
                   bool& failed) {
    if (config.otx.mode == OtxMode::off) return Json::array({{{"state", "off: otx.mode is off"}}});
    if (!wanted) return Json::array({{{"state", "not asked: nothing suspicious was found"}}});
    const DaemonAnswer answer = daemon(name.text());
    if (answer.failure.empty()) {
        Json out = Json::array();
        for (const Json& one : Json::parse(answer.json).value("otx", Json::array())) {
            out.push_back({{"state", "answered"}, {"source", "the running daemon, with its key"}});
            out.back().update(one);
        }
        return out;
    }
    failed = config.otx.mode == OtxMode::on || answer.failure.starts_with("OTX: ");  // it was asked, in vain
    return Json::array({{{"state", "not asked"},
                         {"reason", "there is no key here, and the running daemon has no answer"},
                         {"detail", answer.failure},
                         {"note",
                          "without a running daemon, name a key file by otx.api_key_file: a key given by "
                          "LoadCredential is seen by the service alone"}}});
}

/// The steps of an alert from its name on; why it is not good, if it is not. `known` is what the running
/// daemon's cache has.
std::string inspect(const Config& config, Job job, bool lookup, const Json& known, const AskDaemon& daemon,
                    Json& steps) {
    auto name = HostName::parse(job.alert.query);
    if (!name) {
        steps["name"] = job.alert.query;
        steps["gate"] = "refused: " + name.error().message();
        return name.error().message();
    }
    steps["name"] = name->text();
    steps["registrable"] = name->registrable();
    const auto refused = refusal(*name, config.gate);
    steps["gate"] = refused ? "refused: " + std::string(label(*refused)) : "passes";
    if (refused) return "filtered, so not looked up: " + std::string(label(*refused));

    const Json verdict = known.value("domain_stats", Json());
    const Json otx = known.value("otx", Json::array());
    Answers answers;
    if (!verdict.is_null()) remember(verdict, name->registrable(), answers);
    Config asked = config;
    if (!otx.empty()) asked.otx.key = Secret();
    Inspection inspection(asked, lookup || config.otx.always, answers);
    inspection.run(job);
    steps["domain_stats"] = job.destination == Destination::siem
                                ? inspection.domain_stats(*name, verdict)
                                : Json{{"state", "not asked: an active response asks OTX alone"}};
    if (steps["domain_stats"].value("first_contact", false))
        steps["domain_stats"]["note"] =
            "this look-up was the first contact; the server will not say it again";
    bool otx_failed = false;
    const bool otx_wanted = lookup || config.otx.always || !inspection.events().empty() ||
                            job.destination == Destination::active_response;
    if (!otx.empty())
        steps["otx"] = from_cache(otx);
    else if (config.otx.key.empty())
        steps["otx"] = otx_by_daemon(config, *name, otx_wanted, daemon, otx_failed);
    else
        steps["otx"] = inspection.otx(*name);
    if (!lookup) {
        steps["events"] = Json::array();
        for (const Event& event : inspection.events())
            steps["events"].push_back(
                {{"to", event.destination == Destination::siem ? event.location : "active-responses.log"},
                 {"event", event.json}});
    }
    for (const char* provider : {"domain_stats", "otx"})
        if (const auto failed = inspection.failure(provider))
            return std::string(provider) + ": " + failed->message();
    return otx_failed ? "OTX could not be asked" : "";
}

/// Which of the fields holds the name.
std::string field_of(const std::string& bytes, const Config& config, Destination destination) {
    const bool response = destination == Destination::active_response;
    std::vector<std::string> pointers = config.reader.fields;
    if (response) pointers.insert(pointers.begin(), "/data/dnsstat/query");
    for (const std::string& pointer : pointers) {
        const AlertFields one({(response ? "/parameters/alert" : "") + pointer});
        const bool here =
            response ? decode_active_response(bytes, one).has_value() : decode_alert(bytes, one).has_value();
        if (here) return pointer;
    }
    return "";
}

/// An alert, or the line of an active response, which has a command.
result<Job> decode(const std::string& bytes, const AlertReaderOptions& options) {
    const AlertReader reader(options);
    auto job = reader.read(bytes, Destination::siem);
    if (job || job.error() != errc::name_missing) return job;
    const Json line = Json::parse(bytes, nullptr, false);
    if (!line.is_object() || !line.contains("command")) return job;
    return reader.read(bytes, Destination::active_response);
}

}  // namespace

Report inspect_name(const Config& config, const std::string& name, const std::string& known,
                    const AskDaemon& daemon) {
    Json steps;
    Job job{{"lookup", {}, name}, Clock::now()};
    const std::string why = inspect(config, std::move(job), true, Json::parse(known), daemon, steps);
    Report out = report(steps, why.empty());
    if (!why.empty()) out.error = fit_for_terminal(name) + ": " + why;
    return out;
}

Report inspect_alert(const Config& config, const std::string& bytes, const AskDaemon& daemon) {
    Json steps;
    auto job = decode(bytes, config.reader);
    if (!job) {
        steps["alert"] = "refused: " + job.error().message();
        return report(steps, false);
    }
    steps["alert"] = job->alert.id;
    steps["agent"] = {
        {"id", job->alert.agent.id}, {"name", job->alert.agent.name}, {"ip", job->alert.agent.ip}};
    steps["field"] = field_of(bytes, config, job->destination);
    const std::string why = inspect(config, *std::move(job), false, Json::object(), daemon, steps);
    const bool asked = steps.contains("domain_stats");  // else a name that is not looked up
    Report out = report(steps, why.empty() || !asked);
    if (asked) out.error = why;
    return out;
}

class Rehearsal::State {
  public:
    Answers answers;
};

Rehearsal::Rehearsal(const Config& config) : config_(config), state_(std::make_unique<State>()) {}
Rehearsal::~Rehearsal() = default;

std::vector<Event> Rehearsal::events_of(Job job) {
    Config config = config_;
    if (state_->answers.otx.size() >= config.otx.requests_per_hour) config.otx.key = Secret();
    Inspection inspection(config, config.otx.always, state_->answers);
    inspection.run(job);
    for (const char* provider : {"domain_stats", "otx"})
        if (const auto failed = inspection.failure(provider)) failure_ = *failed;
    return inspection.events();
}

}  // namespace enrichd
