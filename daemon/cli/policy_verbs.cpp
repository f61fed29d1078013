#include "cli/policy_verbs.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <utility>

#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

Report failed(std::string why) {
    return {{}, {}, std::move(why), false};
}

std::string compact(const Json& value) {
    return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

/// Asks the daemon; `human` makes the text of the answer.
template <class Human>
Report ask(const Config& config, const Json& question, Human human) {
    ControlClient daemon(config.admin.socket);
    const auto answer = daemon.ask(compact(question));
    if (!answer) return failed(daemon.failure());
    Json body = Json::parse(*answer);
    body.erase("ok");
    return {body.dump(2, ' ', true, Json::error_handler_t::replace) + "\n", human(body), {}, true};
}

std::string lines(const Json& body) {
    return as_lines(compact(body));
}

std::string joined(const Json& texts) {
    std::string out;
    for (const Json& one : texts) out += (out.empty() ? "" : ", ") + one.get<std::string>();
    return out;
}

std::string age_text(const Json& list) {
    if (!list.contains("age_seconds")) return "-";
    return readable_duration(list["age_seconds"].get<double>());
}

std::string lists_text(const Json& body) {
    if (body["lists"].empty()) return "no lists are configured\n";
    std::ostringstream out;
    out << padded("list", 16) << padded("action", 6) << padded("format", 8) << padded("names", 9)
        << padded("left out", 8) << padded("age", 8) << padded("hits", 8) << "state\n";
    for (const Json& one : body["lists"]) {
        std::string state = one.value("too_old", false) ? "older than max_age" : "ok";
        if (!one.value("loaded", false)) state = "not loaded";
        if (one.contains("error")) state = one["error"].get<std::string>();
        out << padded(one["name"].get<std::string>(), 16) << padded(one["action"].get<std::string>(), 6)
            << padded(one.value("format", "-"), 8) << padded(std::to_string(one.value("entries", 0)), 9)
            << padded(std::to_string(one.value("lines_left_out", 0)), 8) << padded(age_text(one), 8)
            << padded(std::to_string(one.value("hits", 0)), 8) << state << "\n";
    }
    return out.str();
}

std::string tap_text(const Json& line) {
    if (line.contains("left_out"))
        return "... " + std::to_string(line["left_out"].get<std::uint64_t>()) +
               " alerts left out: too many to print";
    const std::string time = line.value("time", "");
    std::string out =
        time.substr(std::min<std::size_t>(11, time.size())) + "  " + padded(line.value("query", ""), 40);
    const Json& agent = line["agent"];
    out += padded(agent.value("id", "") + " " + agent.value("name", ""), 20);
    out += padded(line.value("decision", ""), 9) + line.value("reason", "");
    if (!line["findings"].empty()) out += "  [" + joined(line["findings"]) + "]";
    if (!line["events"].empty()) out += "  -> " + joined(line["events"]);
    return out;
}

std::string recent_text(const Json& body) {
    if (body["events"].empty()) return "no event since the start of the daemon\n";
    std::string out =
        padded("time", 22) + padded("domain", 34) + padded("agent", 6) + padded("event", 10) + "findings\n";
    for (const Json& one : body["events"])
        out += padded(one.value("time", ""), 22) + padded(one.value("domain", ""), 34) +
               padded(one.value("agent", ""), 6) + padded(one.value("event", ""), 10) +
               joined(one["findings"]) + "\n";
    return out;
}

/// What `why` comes to, in a sentence or two.
std::string result_of(const Json& body) {
    const std::string filter = body.value("filter", "");
    if (filter.starts_with("filtered"))
        return "the name is " + filter + ", so nobody is asked and there is no event";
    if (const Json& events = body["events"]; !events.empty()) {
        const Json& last = events.front();
        return "the last event was sent at " + last.value("time", "") + " for agent " +
               last.value("agent", "") + ": " + joined(last["findings"]);
    }
    const Json& policy = body["policy"];
    std::string out = "no event since the start of the daemon";
    if (policy.value("known", false)) out += "; a list of known names has it, so its age and score give none";
    if (!policy["allowed"].empty()) out += "; the allowlist silences " + joined(policy["allowed"]);
    if (!policy["off"].empty()) out += "; policy.report has off for " + joined(policy["off"]);
    if (policy["learning_until"].is_string())
        out += "; policy.learn_for silences it until " + policy["learning_until"].get<std::string>();
    return out + ". Earlier ones are in Wazuh: search for data.dnsstat.domain:" + body.value("domain", "");
}

}  // namespace

Report daemon_lists(const Config& config) {
    return ask(config, {{"verb", "lists"}}, lists_text);
}

Report daemon_lists_test(const Config& config, const std::string& name) {
    Report report = ask(config, {{"verb", "lists test"}, {"name", name}}, [](const Json& body) {
        if (body["lists"].empty()) return body["name"].get<std::string>() + ": in no list\n";
        return lines(body);
    });
    return report;
}

Report daemon_lists_reload(const Config& config, const std::string& name) {
    Json question{{"verb", "lists reload"}};
    if (!name.empty()) question["name"] = name;
    return ask(config, question, [](const Json& body) {
        return counted(body["loading"].get<std::uint64_t>(), "list") + " loading; see enrichd lists\n";
    });
}

Report daemon_allow_add(const Config& config, const AllowRequest& request) {
    Json question{{"verb", "allow add"}, {"name", request.name}};
    if (!request.kinds.empty()) question["kinds"] = request.kinds;
    if (!request.until.empty()) question["until"] = request.until;
    if (!request.note.empty()) question["note"] = request.note;
    return ask(config, question, [](const Json& body) {
        const Json& added = body["added"];
        return added["name"].get<std::string>() + ": no events for " + joined(added["kinds"]) +
               (added.contains("until") ? ", until " + added["until"].get<std::string>() : "") + "\n";
    });
}

Report daemon_allow_remove(const Config& config, const std::string& name) {
    return ask(config, {{"verb", "allow remove"}, {"name", name}},
               [](const Json& body) { return body["removed"].get<std::string>() + ": removed\n"; });
}

Report daemon_allow_list(const Config& config) {
    return ask(config, {{"verb", "allow list"}}, [](const Json& body) {
        std::string out;
        for (const Json& one : body["allowed"]) {
            out += padded(one["name"].get<std::string>(), 32) + joined(one["kinds"]);
            if (one.contains("until")) out += "  until " + one["until"].get<std::string>();
            if (one.contains("note")) out += "  " + one["note"].get<std::string>();
            out += "\n";
        }
        return out.empty() ? std::string("the allowlist is empty\n") : out;
    });
}

Report daemon_allow_check(const Config& config, const std::string& name) {
    return ask(config, {{"verb", "allow check"}, {"name", name}}, [](const Json& body) {
        const std::string about = body["name"].get<std::string>();
        if (body["silenced"].empty()) return about + ": nothing is silenced\n";
        return about + ": no events for " + joined(body["silenced"]) + ", by " +
               body["by"].get<std::string>() + "\n";
    });
}

Report daemon_recent(const Config& config) {
    return ask(config, {{"verb", "recent"}}, recent_text);
}

Report daemon_why(const Config& config, const std::string& name) {
    return ask(config, {{"verb", "why"}, {"name", name}},
               [](const Json& body) { return lines(body) + "result: " + result_of(body) + "\n"; });
}

Report daemon_tap(const Config& config, const TapRequest& request, std::ostream& out) {
    Json question{{"verb", "tap"}};
    if (!request.suffix.empty()) question["suffix"] = request.suffix;
    if (!request.agent.empty()) question["agent"] = request.agent;
    ControlClient daemon(config.admin.socket);
    const bool json = request.json;
    const bool ended = daemon.each_line(compact(question), [&out, json](const std::string& line) {
        if (line.empty()) return true;
        const Json read = Json::parse(line, nullptr, false);
        out << lines_for_terminal(json || !read.is_object() ? line + "\n" : tap_text(read) + "\n")
            << std::flush;
        return out.good();
    });
    return ended ? Report{{}, {}, {}, true} : failed(daemon.failure());
}

}  // namespace enrichd
