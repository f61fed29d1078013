#include "cli/control_verbs.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <sstream>
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

Json question_of(const char* verb, const CacheRequest& request) {
    Json question{{"verb", verb}};
    if (!request.name.empty()) question["name"] = request.name;
    if (!request.suffix.empty()) question["suffix"] = request.suffix;
    if (request.negative) question["negative"] = true;
    return question;
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
    return good(answer.body.at("status"), status_text(answer.body.at("status").dump()));
}

Report daemon_shared(const Config& config) {
    const Answer answer = ask(config, {{"verb", "status"}});
    if (!answer.failure.empty()) return failed(answer.failure);
    const Json& status = answer.body.at("status");
    if (!status.contains("shared")) return failed("the running daemon shares no state: shared.url is empty");
    const Json& shared = status.at("shared");
    Report report = good(shared, as_lines(shared.dump()));
    report.good = shared.at("trouble").is_null();
    return report;
}

Report daemon_queue(const Config& config) {
    const Answer answer = ask(config, {{"verb", "queue"}});
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body, queue_text(answer.body.dump()));
}

Report daemon_cache_stats(const Config& config) {
    const Answer answer = ask(config, {{"verb", "cache stats"}});
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body.at("caches"), caches_text(answer.body.dump()));
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

Report daemon_cache_list(const Config& config, const CacheRequest& request) {
    const Answer answer = ask(config, question_of("cache list", request));
    if (!answer.failure.empty()) return failed(answer.failure);
    std::ostringstream out;
    for (const Json& one : answer.body.at("verdicts"))
        out << one.at("provider").get<std::string>() << "  " << one.at("key").get<std::string>() << "  "
            << one.at("verdict").get<std::string>() << ", "
            << readable_duration(one.at("age_seconds").get<double>()) << " old, good for "
            << readable_duration(one.at("expires_in_seconds").get<double>()) << "\n";
    if (answer.body.at("verdicts").empty()) out << "no verdict is in the cache\n";
    return good(answer.body, out.str());
}

/// The daemon flushes many names in parts.
Report daemon_cache_flush(const Config& config, const CacheRequest& request) {
    std::uint64_t flushed = 0;
    for (bool more = true; more;) {
        const bool some = !request.suffix.empty() || request.negative;
        const Answer answer =
            ask(config, question_of(some ? "cache flush matching" : "cache flush", request));
        if (!answer.failure.empty()) return failed(answer.failure);
        const auto now = answer.body.at("flushed").get<std::uint64_t>();
        flushed += now;
        more = now > 0 && answer.body.value("more", false);
    }
    return good({{"flushed", flushed}}, counted(flushed, "verdict") + " flushed\n");
}

Report daemon_reload(const Config& config) {
    const Answer answer = ask(config, {{"verb", "reload"}});
    if (!answer.failure.empty()) return failed(answer.failure);
    std::string problems;
    for (const Json& one : answer.body.at("problems")) problems += one.get<std::string>() + "\n";
    Report report = good(answer.body, {});
    report.good = answer.body.at("reloaded").get<bool>();
    if (!report.good) {
        report.error = problems + answer.body.at("refusal").get<std::string>();
        return report;
    }
    report.human = problems + "configuration reloaded\n";
    if (answer.body.contains("restart_keys"))
        report.human +=
            "these keys take effect at the next start: " + answer.body.at("restart_keys").get<std::string>() +
            "\n";
    return report;
}

Report daemon_provider(const Config& config, const std::string& act, const std::string& name) {
    const Answer answer = ask(config, {{"verb", "provider " + act}, {"name", name}});
    if (!answer.failure.empty()) return failed(answer.failure);
    const std::string who = answer.body.at("provider").get<std::string>();
    const bool paused = answer.body.at("paused").get<bool>();
    if (act == "reset" && paused)
        return good(answer.body, who + ": still paused; enrichd provider resume " + who + "\n");
    const std::string done = act == "pause" ? "paused" : act == "resume" ? "resumed" : "asked now";
    return good(answer.body, who + ": " + done + "\n");
}

Report daemon_log_level(const Config& config, const std::string& level) {
    const Answer answer = ask(config, {{"verb", "log level"}, {"level", level}});
    if (!answer.failure.empty()) return failed(answer.failure);
    return good(answer.body, answer.body.at("level").get<std::string>() + "\n");
}

}  // namespace enrichd
