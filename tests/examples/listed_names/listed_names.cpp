#include "examples/listed_names/listed_names.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/location.hpp"

namespace enrichd::examples {
namespace {

constexpr std::string_view kind = "listed_name";

Event listed_event(const Alert& alert) {
    const nlohmann::ordered_json json{{"integration", kind},
                                      {kind, {{"query", alert.query}, {"alert_id", alert.id}}}};
    return {kind, location(alert.agent, kind), alert.agent,
            json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace

result<std::unordered_set<std::string>> ListedNames::read(const std::string& file) {
    std::ifstream in(file);
    if (!in) return last_error();
    std::unordered_set<std::string> names;
    for (std::string line; std::getline(in, line);)
        if (const auto name = HostName::parse(line)) names.insert(name->text());
    return names;
}

std::optional<Findings> ListedNames::known(const HostName& name, const Job& job) {
    Findings found;
    if (!names_.contains(name.text())) return found;
    found.event = listed_event(job.alert);
    found.rank = Suspicion::new_domain;
    found.reason = kind;
    return found;
}

/// Never called: known() always knows.
task<result<Findings>> ListedNames::ask(const HostName&, Job&) {
    co_return Findings();
}

}  // namespace enrichd::examples
