#include "app/wazuh/doctor.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <vector>

#include "app/control_client.hpp"
#include "app/wazuh/home.hpp"
#include "app/wazuh/xml.hpp"
#include "net/unix_socket.hpp"

namespace enrichd::wazuh {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* group_of_alerts = "sysmon_event_22";
constexpr const char* install_hint = "enrichd wazuh install";

enum class Finding { ok, warning, problem };

/// What was looked at, what was found, and how to mend it.
class Findings {
  public:
    void ok(const std::string& what, const std::string& detail = {}) { add(Finding::ok, what, detail, {}); }
    void warning(const std::string& what, const std::string& detail, const std::string& mend) {
        add(Finding::warning, what, detail, mend);
    }
    void problem(const std::string& what, const std::string& detail, const std::string& mend) {
        add(Finding::problem, what, detail, mend);
    }

    Report report() const {
        Json list = Json::array();
        std::string human;
        std::size_t problems = 0;
        for (const One& one : list_) {
            list.push_back({{"finding", word(one.finding)},
                            {"what", one.what},
                            {"detail", one.detail},
                            {"mend", one.mend}});
            human += std::string(word(one.finding)) +
                     std::string(9 - std::string(word(one.finding)).size(), ' ') + one.what +
                     (one.detail.empty() ? "" : ": " + one.detail) + "\n";
            if (!one.mend.empty()) human += "         mend: " + one.mend + "\n";
            if (one.finding == Finding::problem) ++problems;
        }
        human += problems == 0 ? "Nothing keeps alerts from their way.\n"
                               : std::to_string(problems) + " problems to mend.\n";
        return {Json{{"ok", problems == 0}, {"findings", list}}.dump(2) + "\n", human, {}, problems == 0};
    }

  private:
    struct One {
        Finding finding;
        std::string what;
        std::string detail;
        std::string mend;
    };
    static const char* word(Finding finding) {
        return finding == Finding::ok ? "ok" : finding == Finding::warning ? "warning" : "PROBLEM";
    }
    void add(Finding finding, const std::string& what, const std::string& detail, const std::string& mend) {
        list_.push_back({finding, what, detail, mend});
    }

    std::vector<One> list_;
};

bool has(const std::vector<std::string>& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

void look_at_version(const Home& home, Findings& found) {
    const auto version = home.version();
    if (!version)
        return found.warning("version of Wazuh", "nothing in the directory tells it",
                             "check that it is 4.4 or later");
    if (suits(*version)) return found.ok("version of Wazuh", *version);
    if (*version >= "5")
        found.problem("version of Wazuh",
                      *version + " has no integrator and no active responses on the manager",
                      "enrichd works with Wazuh 4.x; docs/install.md says what can be done with 5");
    else
        found.problem("version of Wazuh", *version + " has no rule 61650, which rule 100300 stands on",
                      "upgrade to 4.4 or later");
}

void look_at_shim(const Home& home, const std::filesystem::path& where, bool needed, Findings& found) {
    struct stat status {};
    if (::stat(where.c_str(), &status) != 0) {
        if (needed) return found.problem(where, "is not there", install_hint);
        return found.warning(where, "is not there; needed for active responses alone", install_hint);
    }
    const bool owned = status.st_uid == 0 && static_cast<int>(status.st_gid) == home.group();
    if ((status.st_mode & 0022U) != 0)
        return found.problem(where, rights(where) + ": Wazuh refuses a program that others may write",
                             install_hint);
    if (!owned || (status.st_mode & 0050U) != 0050U)
        return found.problem(where, rights(where) + ", expected root:wazuh 0750: Wazuh cannot run it",
                             install_hint);
    const auto shim = bytes_of(shim_of_this_build());
    if (shim && bytes_of(where) != shim)
        return found.warning(where, "is not the shim of this version", install_hint);
    found.ok(where, rights(where));
}

void look_at_integration(const Home& home, const OssecConf& conf, Findings& found) {
    const std::string what = home.ossec_conf().string() + ": integration";
    std::vector<Integration> ours;
    for (const Integration& one : conf.integrations)
        if (one.name == "custom-dnsstats") ours.push_back(one);
    if (ours.empty())
        return found.problem(what, "no <integration> with <name>custom-dnsstats</name>",
                             "enrichd wazuh install --write");
    if (ours.size() > 1)
        found.warning(what,
                      "custom-dnsstats is there " + std::to_string(ours.size()) +
                          " times: alerts that fit both are handed over twice",
                      "keep one");
    for (const Integration& one : ours) {
        if (one.alert_format != "json")
            return found.problem(what, "<alert_format> is not json: alerts come as text and are refused",
                                 "<alert_format>json</alert_format>");
        if (!one.group.empty() && one.group.find(' ') != std::string::npos)
            return found.problem(what, "<group> has blanks, which Wazuh compares too", "remove them");
        if (one.group.empty() && one.rule_id.empty() && one.level.empty())
            found.warning(what, "has no <group>: every alert of this manager is handed over",
                          std::string("<group>") + group_of_alerts + "</group>");
        if (!one.group.empty() && !has(split(one.group), group_of_alerts))
            found.warning(what, "<group> is " + one.group + ", not " + group_of_alerts,
                          "make sure that your rules for DNS have this group");
        if (!one.level.empty() && std::atoi(one.level.c_str()) > 3)
            found.warning(what, "<level> is " + one.level + ": rule 100300 has 3", "remove <level>");
    }
    for (const Integration& one : ours)
        if (!one.rule_id.empty() || !one.event_location.empty())
            found.warning(what,
                          "has <rule_id> or <event_location>: only alerts that fit these too are handed over",
                          "remove them");
    found.ok(what, "custom-dnsstats, group " + (ours[0].group.empty() ? "any" : ours[0].group));
}

void look_at_responses(const Home& home, const OssecConf& conf, Findings& found) {
    const std::string what = home.ossec_conf().string() + ": active-response";
    for (const ActiveResponse& one : conf.responses) {
        const auto command = conf.commands.find(one.command);
        const bool ours =
            command == conf.commands.end() ? one.command == "enrich-otx" : command->second == "enrich-otx";
        if (!ours || one.disabled == "yes") continue;
        if (command == conf.commands.end())
            found.problem(what, one.command + " has no <command>",
                          "add one with <executable>enrich-otx</executable>");
        else if (one.rules_group.find("otx") != std::string::npos ||
                 one.rules_group.find("alienvault") != std::string::npos)
            found.problem(
                what,
                "<rules_group> " + one.rules_group + " holds our own events: each answer would ask again",
                "name the group of the rules that are to be checked");
        else if (one.location != "server")
            found.problem(what, "<location> is '" + one.location + "': the shim is on the manager alone",
                          "<location>server</location>");
        else if (one.rules_group.empty() && one.rules_id.empty())
            found.warning(what, "has neither <rules_group> nor <rules_id>: our own events may ask again",
                          "name a group");
        else
            found.ok(what, one.command + " for " + one.rules_group + one.rules_id);
    }
}

/// Of all files of the rules' directory.
std::vector<Rule> rules_of(const Home& home, Findings& found, std::map<std::string, std::string>& files) {
    std::vector<Rule> all;
    std::error_code none_then;
    for (const auto& entry : std::filesystem::directory_iterator(home.rules_directory(), none_then)) {
        if (entry.path().extension() != ".xml") continue;
        const auto text = bytes_of(entry.path());
        std::string problem;
        const auto rules = text ? read_rules(*text, problem) : std::nullopt;
        if (!rules) {
            found.warning(entry.path(), text ? "is no XML, " + problem : "cannot be read",
                          "look at it; Wazuh may not start with it");
            continue;
        }
        for (const Rule& rule : *rules) {
            const auto [first, fresh] = files.try_emplace(rule.id, entry.path().string());
            if (!fresh && !rule.overwrite)
                found.problem("rule " + rule.id,
                              "is in " + first->second + " and in " + entry.path().string() +
                                  ": Wazuh takes one of them",
                              "remove one");
            all.push_back(rule);
        }
    }
    return all;
}

void look_at_rules(const Home& home, int log_alert_level, Findings& found) {
    std::map<std::string, std::string> files;
    const std::vector<Rule> rules = rules_of(home, found, files);
    const auto on_event_22 = [](const Rule& rule) {
        return has(rule.if_sids, "61650") || (rule.id == "61650" && rule.overwrite);
    };
    const auto raised = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) {
        return on_event_22(rule) && rule.level >= log_alert_level && has(rule.groups, group_of_alerts);
    });
    const auto any = std::find_if(rules.begin(), rules.end(), on_event_22);
    for (const Rule& rule : rules)
        if (raised != rules.end() && on_event_22(rule) && rule.level >= raised->level &&
            rule.id != raised->id && !has(rule.groups, group_of_alerts))
            found.warning("rule " + rule.id,
                          "is tried before rule " + raised->id + " or beside it and lacks group " +
                              group_of_alerts + ": what fits it is not handed over",
                          std::string("<group>") + group_of_alerts + ",</group> in it too");
    if (raised != rules.end())
        found.ok("rule " + raised->id,
                 "makes Sysmon's event 22 an alert of group " + std::string(group_of_alerts));
    else if (any == rules.end())
        found.problem("Sysmon's event 22", "the stock rule 61650 has level 0: it is no alert", install_hint);
    else if (any->level < log_alert_level)
        found.problem("rule " + any->id,
                      "has level " + std::to_string(any->level) + ", below log_alert_level " +
                          std::to_string(log_alert_level) + ": it is no alert",
                      "raise one or lower the other");
    else
        found.problem("rule " + any->id,
                      std::string("lacks group ") + group_of_alerts +
                          ": groups are not inherited, and one without a comma "
                          "at its end is glued to the next",
                      std::string("<group>") + group_of_alerts + ",</group> in the rule");
    const auto names = [&](const char* field) {
        return std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) {
            return rule.fields.find(std::string("integration=") + field) != std::string::npos;
        });
    };
    if (names("^dnsstat$") == rules.end())
        found.problem("rules for our events", "none has field integration ^dnsstat$: events give no alert",
                      install_hint);
    for (const Rule& rule : rules) {
        const bool ours = rule.fields.find("integration=^dnsstat$") != std::string::npos;
        const bool loose = !ours && rule.fields.find("integration=dnsstat") != std::string::npos;
        if ((ours || loose) && has(rule.groups, group_of_alerts))
            found.problem("rule " + rule.id,
                          std::string("has group ") + group_of_alerts +
                              ": our own events are handed to the integration again",
                          "take that group out of it");
        else if (loose)
            found.warning("rule " + rule.id,
                          "its field integration is not anchored: any text with dnsstat in it fits",
                          "^dnsstat$");
        else if (ours)
            found.ok("rule " + rule.id, "takes the events of Domain Stats");
    }
    if (names("^otx$") == rules.end())
        found.warning("rules for OTX's events", "none has field integration ^otx$: they give no alert",
                      install_hint);
}

bool is_socket(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

void look_at_sockets(const Config& config, const Home& home, Findings& found) {
    const std::string intake = config.intake.socket;
    if (intake != WIRE_DEFAULT_SOCKET || config.spool != WIRE_DEFAULT_SPOOL)
        found.warning("intake.socket, intake.spool", "are not what the shim knows",
                      "set ENRICHD_SOCKET and ENRICHD_SPOOL in Wazuh's environment (docs/configuration.md)");
    struct stat status {};
    if (!is_socket(intake))
        found.problem(intake, "is not there: alerts go into the spool",
                      "systemctl enable --now enrichd.socket enrichd.service");
    else if (::stat(intake.c_str(), &status) == 0 &&
             (static_cast<int>(status.st_gid) != home.group() || (status.st_mode & 0020U) == 0))
        found.problem(intake, rights(intake) + ": group wazuh cannot write to it",
                      "systemctl restart enrichd.socket");
    else
        found.ok(intake, rights(intake));
    const std::string queue = home.queue().string();
    if (!is_socket(queue))
        return found.problem(queue, "is not there: events cannot be told", "systemctl start wazuh-manager");
    const auto connected = connect_datagram(queue);
    if (!connected)
        return found.problem(
            queue, connected.error().message(),
            "systemctl start wazuh-manager; without it, group wazuh must be able to write there");
    found.ok(queue, rights(queue));
}

void look_at_files(const Config& config, const Home& home, Findings& found) {
    for (const std::string& part : {config.spool + "/new", config.spool + "/tmp"}) {
        struct stat status {};
        if (::stat(part.c_str(), &status) != 0)
            found.problem(part, "is not there: alerts are lost while the daemon is away",
                          "systemd-tmpfiles --create enrichd.conf");
        else if (static_cast<int>(status.st_gid) != home.group() || (status.st_mode & 0020U) == 0)
            found.problem(part, rights(part) + ": group wazuh cannot write there",
                          "systemd-tmpfiles --create enrichd.conf");
        else
            found.ok(part, rights(part));
    }
    struct stat status {};
    const auto log = home.response_log();
    if (::stat(log.c_str(), &status) == 0 && (status.st_mode & 0020U) == 0)
        found.warning(log, rights(log) + ": enrichd cannot write answers of active responses there",
                      "chmod 0660 it");
}

void look_at_daemon(const Config& config, Findings& found) {
    const bool unit_there = ::access("/run/systemd/system", F_OK) == 0;
    ControlClient daemon(config.admin_socket);
    const auto answer = daemon.ask(R"({"verb":"status"})");
    if (!answer)
        return found.problem(
            "enrichd", daemon.failure(),
            unit_there ? "systemctl enable --now enrichd.socket enrichd.service; journalctl -u enrichd"
                       : "enrichd run");
    const Json status = Json::parse(*answer)["status"];
    for (const Json& check : status["checks"])
        if (check["status"] != "ok")
            found.warning("enrichd, " + check["name"].get<std::string>(), check["detail"].get<std::string>(),
                          "docs/operations.md");
    found.ok("enrichd", "runs, " + status["status"].get<std::string>());
}

/// The last complaint about the integration in Wazuh's own log. Its text stays there: it may hold the alert's
/// file, and keys of other integrations.
void look_at_log(const Home& home, Findings& found) {
    constexpr std::size_t last = 256 * 1024;
    constexpr std::size_t date = 19;
    const std::string tail = end_of(home.log(), last);
    for (std::size_t at = tail.rfind("custom-dnsstats"); at != std::string::npos;
         at = at == 0 ? std::string::npos : tail.rfind("custom-dnsstats", at - 1)) {
        const std::size_t from = tail.rfind('\n', at) + 1;
        const std::string line = tail.substr(from, tail.find('\n', at) - from);
        if (line.find("ERROR") == std::string::npos) continue;
        return found.warning(
            home.log(), "has errors about the integration, the last at " + line.substr(0, date),
            "grep custom-dnsstats in it; docs/operations.md, what Wazuh's ossec.log says of the shim");
    }
}

}  // namespace

Report doctor(const Config& config, const std::string& directory) {
    const Home home{directory.empty() ? config.wazuh_home : directory};
    Findings found;
    if (const std::string missing = home.missing(); !missing.empty()) {
        found.problem(home.path, "is no directory of a Wazuh manager, or not readable: it has no " + missing,
                      "become root; another directory: --home DIR, or wazuh.home in the configuration");
        return found.report();
    }
    look_at_version(home, found);
    if (home.group() < 0)
        found.problem("group wazuh", "is not there",
                      "install Wazuh's package, or wazuh-manager's users are others");
    look_at_shim(home, home.integration(), true, found);
    look_at_shim(home, home.active_response(), false, found);
    std::string problem;
    const auto text = bytes_of(home.ossec_conf());
    const auto conf = text ? read_ossec_conf(*text, problem) : std::nullopt;
    if (conf) {
        look_at_integration(home, *conf, found);
        look_at_responses(home, *conf, found);
    } else {
        found.problem(home.ossec_conf(), text ? "is no XML, " + problem : "cannot be read",
                      text ? "mend it" : "become root");
    }
    look_at_rules(home, conf ? conf->log_alert_level : 3, found);
    look_at_sockets(config, home, found);
    look_at_files(config, home, found);
    look_at_daemon(config, found);
    look_at_log(home, found);
    return found.report();
}

}  // namespace enrichd::wazuh
