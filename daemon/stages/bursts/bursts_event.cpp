#include "stages/bursts/bursts_event.hpp"

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/units.hpp"
#include "model/event_json.hpp"
#include "model/location.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kind_of_event = "burst";
constexpr std::string_view shown_as = "bursts";
constexpr std::size_t most_examples = 10;

Event event_of(const Alert& alert, Json burst, FindingKind kind) {
    Event event{kind_of_event, location(alert.agent, shown_as), alert.agent,
                event_json(kind_of_event, std::move(burst), alert.context, "examples")};
    event.more_at = event.json.size() - 2;  // before "}}"
    event.findings = {kind};
    return event;
}

}  // namespace

Event nxdomain_event(const Alert& alert, std::string_view domain, const RecentMissing& burst) {
    const std::int64_t seconds = time_between(burst).count();
    Json examples = Json::array();
    for (auto one = burst.rbegin(); one != burst.rend() && examples.size() < most_examples; ++one)
        examples.push_back(one->name);
    Json out{{"query", alert.query},
             {"kind", "nxdomain"},
             {"domains", burst.size()},
             {"seconds", seconds},
             {"examples", std::move(examples)},
             {"alert_id", alert.id},
             {"domain", domain},
             {"reason", "The agent asked for " + std::to_string(burst.size()) +
                            " domains that do not exist within " + std::to_string(seconds) +
                            " seconds, and never for any of them before."}};
    return event_of(alert, std::move(out), FindingKind::nxdomain_burst);
}

Event tunnel_event(const Alert& alert, std::string_view domain, const Carried& carried,
                   std::chrono::milliseconds window) {
    const auto bytes = static_cast<std::int64_t>(std::llround(carried.bytes()));
    const std::string names = std::to_string(carried.names());
    Json examples = Json::array();
    for (const std::string& host : carried.examples)
        examples.push_back(std::string(host).append(".").append(domain));
    Json out{{"query", alert.query},
             {"kind", "tunnel"},
             {"names", carried.names()},
             {"bytes", bytes},
             {"seconds", std::chrono::floor<std::chrono::seconds>(window).count()},
             {"examples", std::move(examples)},
             {"alert_id", alert.id},
             {"domain", domain},
             {"reason", names + " different names below " + std::string(domain) + " carry " +
                            std::to_string(bytes) + " bytes within " + to_text(window) +
                            ": data may leave in queries."}};
    return event_of(alert, std::move(out), FindingKind::tunnel);
}

}  // namespace enrichd
