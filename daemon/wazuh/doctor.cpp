#include "wazuh/doctor.hpp"

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/control_client.hpp"
#include "cli/program.hpp"
#include "wazuh/doctor/examination.hpp"

namespace enrichd::wazuh {
namespace {

using Json = nlohmann::ordered_json;

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

/// What it says of itself; empty when it does not.
std::string look_at_daemon(const Config& config, Findings& found) {
    const bool unit_there = ::access("/run/systemd/system", F_OK) == 0;
    ControlClient daemon(config.admin.socket);
    const auto answer = daemon.ask(R"({"verb":"status"})");
    if (!answer) {
        found.problem("enrichd", daemon.failure(),
                      unit_there
                          ? "systemctl enable --now enrichd.socket enrichd.service; journalctl -u enrichd"
                          : "enrichd run");
        return {};
    }
    const Json status = Json::parse(*answer)["status"];
    for (const Json& check : status["checks"])
        if (check["status"] != "ok")
            found.warning("enrichd, " + check["name"].get<std::string>(), check["detail"].get<std::string>(),
                          "docs/operations.md");
    found.ok("enrichd", "runs, " + status["status"].get<std::string>());
    return status.dump();
}

/// Each node of a cluster has an enrichd.
void look_at_cluster(const Examination& at) {
    if (!at.conf || !at.conf->in_cluster) return;
    if (at.config.shared.url.empty())
        at.found.warning("cluster",
                         "this manager is a node of a cluster, and shares no state with the others",
                         "shared.url on each node, as docs/shared.md says: else each reports its own first "
                         "contacts");
    else
        at.found.ok("cluster", "this manager is a node of a cluster, and shares state");
}

/// A service that was only started is gone after the next boot.
void look_at_units(Findings& found) {
    if (::access("/run/systemd/system", F_OK) != 0) return;
    constexpr int not_enabled = 1;  // another code: there is no such unit
    for (const char* unit : {"enrichd.socket", "enrichd.service"})
        if (run_program({"systemctl", "is-enabled", "--quiet", unit}, std::chrono::seconds(5)).exit_code ==
            not_enabled)
            found.warning(unit, "is not enabled: it does not start at boot",
                          "systemctl enable --now enrichd.socket enrichd.service");
}

/// Nothing when it cannot be read; then that is found.
std::optional<OssecConf> conf_of(const Home& home, Findings& found) {
    const ConfFile file = home.conf_file();
    const auto text = file.problem.empty() ? bytes_of(file.path) : std::nullopt;
    std::string problem = file.problem;
    auto conf = text ? read_ossec_conf(*text, problem) : std::nullopt;
    if (conf) return conf;
    if (text)
        found.problem(home.ossec_conf(), "is no XML, " + problem, "fix it");
    else
        found.problem(home.ossec_conf(), problem.empty() ? "cannot be read" : problem,
                      "become root, or fix it");
    return std::nullopt;
}

}  // namespace

Report doctor(const Config& config, const std::string& directory, const Accounts& accounts) {
    const Home home{resolved(directory.empty() ? config.wazuh_home : directory), accounts.wazuh};
    Findings found;
    if (const std::string missing = home.missing(); !missing.empty()) {
        found.problem(home.path, "is no directory of a Wazuh manager, or not readable: it has no " + missing,
                      "become root; another directory: --home DIR, or wazuh.home in the configuration");
        return found.report();
    }
    look_at_version(home, found);
    const std::optional<OssecConf> conf = conf_of(home, found);
    const RuleSet rules = RuleSet::load(home, conf);
    const Running analysisd = running(home, "wazuh-analysisd", "queue");
    const Running integratord = running(home, "wazuh-integratord", "integrator");
    const Ways ways = ways_of(config, home, conf);
    const Examination at{config, home, accounts.enrichd, conf, ways, rules, analysisd, integratord, found};
    look_at_shims(at);
    if (conf) {
        look_at_conf(at);
        look_at_integration(at);
        look_at_responses(at);
    }
    look_at_rule_files(at);
    look_at_event_22(at);
    look_at_our_events(at);
    look_at_programs(at);
    look_at_sockets(at);
    look_at_rights(at);
    look_at_cluster(at);
    const std::string status = look_at_daemon(config, found);
    look_at_followed_files(at, status);
    look_at_units(found);
    if (!status.empty()) look_at_arrivals(at, status);
    look_at_log(at);
    return found.report();
}

}  // namespace enrichd::wazuh
