#include "outputs/json_lines/json_lines.hpp"

#include <nlohmann/json.hpp>

namespace enrichd {

std::string json_line(const Event& event) {
    const nlohmann::ordered_json head{
        {"location", event.location},
        {"agent", {{"id", event.agent.id}, {"name", event.agent.name}, {"ip", event.agent.ip}}}};
    std::string line = head.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    line.pop_back();
    return line.append(R"(,"event":)").append(event.json).append("}\n");
}

result<void> JsonLines::try_now(const Event& event) {
    return file_.append(json_line(event));
}

}  // namespace enrichd
