#include "app/inspect.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/composition.hpp"
#include "cli/terminal.hpp"
#include "config/nearest.hpp"
#include "pipeline/alert_reader.hpp"
#include "pipeline/pipeline.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

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

/// The pipeline with all stages, and nothing that an earlier run or alert has left.
class Inspection {
  public:
    explicit Inspection(const Config& config)
        : composition_({io_, tasks_, lookup_, pipeline_, nullptr, nullptr, config.state.directory}, config) {
        pipeline_.filter(config.gate);
        pipeline_.policy().configure(config.policy);
    }

    /// Ends what is still asked: within two seconds, or not at all.
    ~Inspection() {
        for (const auto& component : composition_.all()) {
            component->begin_no_more();
            component->stop();
        }
        tasks_.cancel();
        io_.restart();
        const Clock::time_point limit = Clock::now() + std::chrono::seconds(2);
        while (tasks_.running() > 0 && io_.run_one_until(limit) > 0) {
        }
    }

    /// Lets the alert go on until it ends or an upstream fails: nobody wants to wait for a second try here.
    /// `job` outlives this.
    void run(Job& job) {
        ended_ = false;
        tasks_.spawn("alert", process(job));
        io_.restart();
        while (!ended_ && !troubled() && io_.run_one() > 0) {
        }
        failed_.reset();
        if (const Component* const component = troubled())
            failed_ = {component->name(), *component->trouble()};
        // What was to be reported is reported.
        io_.restart();
        io_.poll();
    }

    const Components& components() const { return composition_.all(); }

    /// The same finding again gives an event again.
    void report_repeats() { pipeline_.repeats().configure(std::chrono::milliseconds(0)); }

    /// What ended the last alert, if an upstream failed: the first component with trouble then.
    struct Failure {
        std::string_view component;
        error why;
    };
    const std::optional<Failure>& failure() const { return failed_; }

    std::vector<Event>& events() { return sink_.events; }

  private:
    const Component* troubled() const {
        for (const auto& component : components())
            if (component->trouble()) return component.get();
        return nullptr;
    }
    task<void> process(Job& job) {
        co_await pipeline_.run(job);
        ended_ = true;
    }

    std::optional<Failure> failed_;
    bool ended_ = false;  // the last alert; written by it even when an upstream has failed
    asio::io_context io_{1};
    Tasks tasks_{io_};
    Lookup lookup_{io_};
    Remembering sink_;
    Pipeline pipeline_{sink_};
    Composition composition_;
};

Report report(const Json& steps, bool good) {
    const std::string json = steps.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
    return {json, as_lines(json), {}, good};
}

Json severity_json(const Grade& grade) {
    Json out{{"severity", label(grade.severity)}};
    for (const SeverityStep& step : grade.steps) out["points"][std::string(step.fact)] = step.points;
    return out;
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

    if (const Json allowed =
            Json::parse(daemon("allow check", std::string(name->text())).json, nullptr, false);
        allowed.is_object() && allowed.contains("silenced") && !allowed["silenced"].empty())
        steps["allowlist"] = {{"silenced", allowed["silenced"]},
                              {"by", allowed.contains("by") ? allowed["by"] : Json()},
                              {"note", "the running daemon reports none of these"}};

    // Whatever the domain check says, who looks a name up wants to hear of all.
    if (lookup) job.rank = Suspicion::first_contact;
    Inspection inspection(config);
    const Json none = nullptr;
    const auto known_of = [&](const Component& component) -> const Json& {
        const auto found = known.find(component.name());
        return found == known.end() ? none : *found;
    };
    for (const auto& component : inspection.components()) component->use(*name, known_of(*component));
    inspection.run(job);
    std::string failure;
    std::string_view failed_before;
    const bool wanted =
        lookup || !inspection.events().empty() || job.destination == Destination::active_response;
    for (const auto& component : inspection.components()) {
        const Inspected of{*name,
                           job.destination,
                           wanted,
                           known_of(*component),
                           inspection.events(),
                           failed_before,
                           [&](std::string_view verb) { return daemon(verb, name->text()); }};
        steps[std::string(component->name())] = component->shown(of, failure);
        if (failed_before.empty() && component->trouble()) failed_before = component->title();
    }
    if (!lookup) {
        steps["policy"] = {{"decision", job.decision.what}, {"reason", job.decision.why}};
        if (!inspection.events().empty()) steps["severity"] = severity_json(job.grade);
        steps["events"] = Json::array();
        for (const Event& event : inspection.events())
            steps["events"].push_back(
                {{"to", event.destination == Destination::siem ? event.location : "active-responses.log"},
                 {"event", event.json}});
    }
    if (const auto& failed = inspection.failure())
        return std::string(failed->component) + ": " + failed->why.message();
    return failure;
}

/// Which of the fields holds the name.
std::string field_of(const std::string& bytes, const Config& config, Destination destination) {
    const bool response = destination == Destination::active_response;
    std::vector<std::string> pointers = config.reader.fields;
    if (response) pointers.insert(pointers.begin(), "/data/dnsstat/query");
    for (const std::string& pointer : pointers) {
        const AlertFields one({pointer});
        const bool here = response ? decode_active_response(bytes, one.within_active_response()).has_value()
                                   : decode_alert(bytes, one).has_value();
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
    if (!job->alert.context.empty()) steps["source"] = Json::parse(job->alert.context);
    const std::string why = inspect(config, *std::move(job), false, Json::object(), daemon, steps);
    const bool asked = steps.value("gate", "") == "passes";  // else a name that is not looked up
    Report out = report(steps, why.empty() || !asked);
    if (asked) out.error = why;
    return out;
}

class PolicyTrial::State {
  public:
    explicit State(const Config& config) : inspection(config) { inspection.report_repeats(); }
    Inspection inspection;
};

PolicyTrial::PolicyTrial(const Config& config)
    : reader_(config.reader), state_(std::make_unique<State>(config)) {}
PolicyTrial::~PolicyTrial() = default;

std::string PolicyTrial::wrong_with(const std::string& known) const {
    std::map<std::string, Words, std::less<>> providers;
    Words names;
    for (const auto& component : state_->inspection.components()) {
        const auto keys = component->known_keys();
        if (keys.empty()) continue;
        providers.emplace(component->name(), Words(keys.begin(), keys.end()));
        names.emplace(component->name());
    }
    const Json facts = Json::parse(known, nullptr, false);
    for (const auto& [provider, of] : facts.items()) {
        const auto found = providers.find(provider);
        if (found == providers.end())
            return "facts: no provider is called '" + provider + "'" + did_you_mean(provider, names);
        for (const auto& [key, value] : of.items())
            if (!found->second.contains(key))
                return "facts: no key is called '" + key + "'" + did_you_mean(key, found->second);
    }
    return {};
}

result<Decided> PolicyTrial::decide(const std::string& alert, std::uint32_t agents,
                                    const std::string& known) {
    auto job = reader_.read(alert, Destination::siem);
    if (!job) return job.error();
    const auto name = HostName::parse(job->alert.query);
    if (!name) return Decided{"refused", name.error().message()};
    if (agents > 0) job->contact = AgentContact{agents, false};
    const Json facts = Json::parse(known, nullptr, false);
    Inspection& inspection = state_->inspection;
    try {
        for (const auto& component : inspection.components()) {
            component->flush();
            component->use(*name, facts.value(std::string(component->name()), Json::object()));
        }
    } catch (const Json::exception&) {
        return errc::body_wrong_shape;
    }
    inspection.run(*job);
    Decided out{std::string(job->decision.what), std::string(job->decision.why)};
    job->found.for_each([&out](FindingKind kind) { out.findings.emplace_back(label(kind)); });
    for (const Event& event : std::exchange(inspection.events(), {})) {
        out.events.emplace_back(event.kind);
        if (!event.findings.empty()) out.severity = label(job->grade.severity);
    }
    std::sort(out.findings.begin(), out.findings.end());
    std::sort(out.events.begin(), out.events.end());
    return out;
}

class Rehearsal::State {
  public:
    explicit State(const Config& config) : inspection(config) {}
    std::optional<Job> job;  // the last one: of one that failed, a coroutine may still hold it
    Inspection inspection;
};

Rehearsal::Rehearsal(const Config& config) : state_(std::make_unique<State>(config)) {}
Rehearsal::~Rehearsal() = default;

std::vector<Event> Rehearsal::events_of(Job job) {
    if (failure_) return {};
    Inspection& inspection = state_->inspection;
    inspection.run(state_->job.emplace(std::move(job)));
    if (const auto& failed = inspection.failure()) failure_ = failed->why;
    return std::exchange(inspection.events(), {});
}

}  // namespace enrichd
