#include "examples/long_names/long_names.hpp"

#include <nlohmann/json.hpp>

#include "model/location.hpp"

namespace enrichd::examples {
namespace {

constexpr std::string_view long_name = "long_name";

/// An alert's query has at most 1,024 bytes, so this is far below max_event_bytes.
Event long_name_event(const Alert& alert, std::size_t length) {
    const nlohmann::ordered_json json{
        {"integration", long_name},
        {long_name, {{"query", alert.query}, {"length", length}, {"alert_id", alert.id}}}};
    return {long_name, location(alert.agent, long_name), alert.agent,
            json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace

std::optional<Findings> LongNames::known(const HostName& name, const Job& job) {
    Findings found;
    const std::size_t length = name.text().size();
    if (length <= longest) return found;
    found.event = long_name_event(job.alert, length);
    found.rank = Suspicion::suspect_frequency;
    found.reason = long_name;
    return found;
}

/// Never called: known() always knows.
task<result<Findings>> LongNames::ask(const HostName&, Job&) {
    co_return Findings();
}

}  // namespace enrichd::examples
