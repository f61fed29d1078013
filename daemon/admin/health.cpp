#include "admin/health.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace enrichd {
namespace {

Check of_intake(const View& view) {
    if (!view.intake.listening()) return {"intake", Health::down, "the socket does not accept alerts"};
    if (!view.listeners.intake.empty()) return {"intake", Health::degraded, view.listeners.intake};
    const auto refusal = view.journal.refusal();
    if (refusal == errc::journal_full)
        return {"intake", Health::degraded, refusal->message() + "; new ones are spooled"};
    return {"intake"};
}

Check of_control(const View& view) {
    if (!view.listeners.control.empty()) return {"admin_socket", Health::degraded, view.listeners.control};
    return {"admin_socket"};
}

Check of_configuration(const View& view) {
    if (!view.reloads.last_good)
        return {"configuration", Health::degraded,
                "the last reload was refused and the old configuration is in effect; the log says why"};
    return {"configuration"};
}

Check of_state(const View& view) {
    constexpr const char* spooled = "; alerts that have to wait are spooled";
    const auto refusal = view.journal.refusal();
    if (refusal == error(errc::store_silent)) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(view.database.silent_for()).count();
        return {"state", Health::degraded,
                "the state file has not answered for " + std::to_string(seconds) + " s" + spooled};
    }
    if (refusal && refusal != error(errc::journal_full))
        return {"state", Health::degraded, refusal->message() + spooled};
    if (view.database.log_damaged())
        return {
            "state", Health::degraded,
            "the end of the state file's log was damaged at the start; alerts of the last run may be lost"};
    return {"state"};
}

Check of_spool(const View& view) {
    if (const auto& trouble = view.spool.trouble()) return {"spool", Health::degraded, trouble->message()};
    if (view.spool.refuses())
        return {"spool", Health::down,
                "as large as intake.max_spool_bytes allows: alerts are refused and lost"};
    if (view.spool.full())
        return {"spool", Health::degraded, "nearly as large as intake.max_spool_bytes allows"};
    return {"spool"};
}

Check of_domain_stats(const View& view) {
    if (!view.domain_stats.verdicts) return {"domain_stats", Health::ok, "off: domain_stats.mode is off"};
    if (const auto& trouble = view.domain_stats.verdicts->trouble())
        return {"domain_stats", Health::degraded, trouble->message()};
    if (view.domain_stats.http && !view.domain_stats.verdicts->answers())
        return {"domain_stats", Health::ok, "not asked yet"};
    return {"domain_stats"};
}

/// Names still come and are judged; only their age is not known.
Check of_rdap(const Rdap& rdap) {
    if (const auto& trouble = rdap.trouble())
        return {"rdap", Health::degraded, "no registry answers: " + trouble->message()};
    if (rdap.counts().requests.total() == 0) return {"rdap", Health::ok, "not asked yet"};
    return {"rdap"};
}

Check of_otx(const View& view) {
    if (!view.otx.reputation) return {"otx", Health::ok, "off: " + std::string(view.otx.off_because)};
    if (const auto& trouble = view.otx.reputation->trouble())
        return {"otx", Health::degraded, trouble->message()};
    if (view.otx.reputation->counts().requests.total() == 0) return {"otx", Health::ok, "not asked yet"};
    return {"otx"};
}

/// Events wait in the state file; only when that fails too they cannot be told.
Check of_output(const View& view, const Lane& lane) {
    const auto& trouble = lane.trouble();
    if (!trouble) return {lane.name()};
    const bool kept = trouble == errc::output_full || !view.journal.refusal();
    return {lane.name(), kept ? Health::degraded : Health::down, trouble->message()};
}

}  // namespace

std::string_view label(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::degraded:
            return "degraded";
        case Health::down:
            return "down";
    }
    return "down";
}

std::vector<Check> run_checks(const View& view) {
    std::vector<Check> checks{of_intake(view), of_state(view), of_spool(view), of_domain_stats(view),
                              of_otx(view)};
    if (view.domain_stats.rdap) checks.push_back(of_rdap(*view.domain_stats.rdap));
    for (const Lane& lane : view.outputs.lanes()) checks.push_back(of_output(view, lane));
    checks.push_back(of_control(view));
    checks.push_back(of_configuration(view));
    return checks;
}

std::string_view advice(std::string_view check) {
    struct Row {
        std::string_view check;
        std::string_view advice;
    };
    constexpr std::array rows{
        Row{"intake",
            "The shim spools alerts meanwhile. See the checks of outputs and upstreams, and the log."},
        Row{"state", "Make room, or fix the rights, under state.directory. No restart is needed."},
        Row{"spool",
            "Find out why alerts are not taken out of intake.spool, or raise intake.max_spool_bytes."},
        Row{"domain_stats",
            "Start or fix the server at domain_stats.url. Pending alerts are retried until "
            "domain_stats.retry_for."},
        Row{"rdap",
            "Check that this host reaches the registries (firewall, rdap_proxy, DNS). Ages are UNKNOWN "
            "meanwhile."},
        Row{"otx", "See docs/operations.md, the rows of otx. Pending names are retried until otx.retry_for."},
        Row{"wazuh", "Check that Wazuh's analysisd runs. Events wait in the state file."},
        Row{"active_responses", "Check the rights of <wazuh.home>/logs/active-responses.log."},
        Row{"file", "Check the directory and the disk of outputs.file. Events wait in the state file."},
    };
    for (const Row& row : rows)
        if (row.check == check) return row.advice;
    return "See docs/operations.md.";
}

std::vector<std::string_view> names_of_troubles(const View& view) {
    std::vector<std::string_view> names;
    for (const Check& check : run_checks(view))
        if (check.health != Health::ok) names.push_back(check.name);
    return names;
}

Health overall(const std::vector<Check>& checks) {
    Health worst = Health::ok;
    for (const Check& check : checks) worst = std::max(worst, check.health);
    return worst;
}

std::string health_json(const View& view) {
    const auto checks = run_checks(view);
    nlohmann::ordered_json list;
    for (const Check& check : checks) {
        nlohmann::ordered_json& one = list[std::string(check.name)];
        one["status"] = label(check.health);
        if (!check.detail.empty()) one["detail"] = check.detail;
        if (check.health == Health::ok) continue;
        one["advice"] = advice(check.name);
        if (const auto since = view.history.trouble_since(check.name)) one["since"] = to_iso_date(*since);
    }
    const auto uptime = std::chrono::floor<std::chrono::seconds>(WallClock::now() - view.started);
    const nlohmann::ordered_json body{{"status", label(overall(checks))},
                                      {"checks", list},
                                      {"version", view.version},
                                      {"uptime_seconds", uptime.count()}};
    return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace enrichd
