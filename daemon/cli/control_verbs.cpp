#include "cli/control_verbs.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

#include "cli/control_client.hpp"
#include "cli/status_text.hpp"
#include "cli/terminal.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

/// The answer without its "ok", or why there is none.
struct Answer {
    Json body;
    std::string failure;
};

Answer ask(const Config& config, const Json& question) {
    ControlClient daemon(config.admin.socket);
    const auto answer = daemon.ask(question.dump(-1, ' ', true, Json::error_handler_t::replace));
    if (!answer) return {{}, daemon.failure()};
    Json body = Json::parse(*answer);
    body.erase("ok");
    return {std::move(body), {}};
}

Report failed(std::string why) {
    return {{}, {}, std::move(why), false};
}

Report good(const Json& body, std::string human) {
    return {body.dump(2, ' ', true, Json::error_handler_t::replace) + "\n", std::move(human), {}, true};
}

}  // namespace

Report daemon_status(const Config& config) {
    const Answer answer = ask(config, {{"verb", "status"}});
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body["status"], status_text(answer.body["status"].dump()));
}

Report daemon_cache_stats(const Config& config) {
    const Answer answer = ask(config, {{"verb", "cache stats"}});
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body["caches"], caches_text(answer.body.dump()));
}

Report daemon_cache_get(const Config& config, const std::string& name) {
    const Answer answer = ask(config, {{"verb", "cache get"}, {"name", name}});
    if (!answer.failure.empty()) return failed(answer.failure);
    // Beside these each stage has what it knows: null, or an empty list, when that is nothing.
    bool known = false;
    for (const auto& [key, value] : answer.body.items())
        known = known || (key != "ok" && key != "name" && key != "domain" && !value.empty());
    if (known) return good(answer.body, as_lines(answer.body.dump()));
    Report none = good(answer.body, {});
    none.error = fit_for_terminal(name) + ": no verdict is in the cache";
    none.good = false;
    return none;
}

Report daemon_cache_flush(const Config& config, const std::string& name) {
    Json question{{"verb", "cache flush"}};
    if (!name.empty()) question["name"] = name;
    const Answer answer = ask(config, question);
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body, counted(answer.body["flushed"].get<std::uint64_t>(), "verdict") + " flushed\n");
}

Report daemon_log_level(const Config& config, const std::string& level) {
    const Answer answer = ask(config, {{"verb", "log level"}, {"level", level}});
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body, answer.body["level"].get<std::string>() + "\n");
}

}  // namespace enrichd
