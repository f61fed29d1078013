// Wazuh's programs: whether they run, with what they were started, and what they complain of.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "wazuh/doctor/examination.hpp"

namespace enrichd::wazuh {
namespace {

constexpr std::size_t end_of_log = 256 * 1024;
constexpr std::size_t date_length = 19;  // 2026/11/24 03:00:00
constexpr double too_old = 24 * 3600;

/// In the time zone of this machine, as Wazuh writes it; 0 when a line does not begin so.
double time_of(const std::string& line) {
    std::tm parts{};
    if (!::strptime(line.substr(0, date_length).c_str(), "%Y/%m/%d %H:%M:%S", &parts)) return 0;
    parts.tm_isdst = -1;
    return static_cast<double>(std::mktime(&parts));
}

/// What the integrator wrote since it was started last.
struct IntegratorLog {
    bool start_seen = false;
    bool enabled = false;      // our integration
    bool not_enabled = false;  // it said so
    std::string last_error{};  // its date
};

bool has(const std::string& line, const char* what) {
    return line.find(what) != std::string::npos;
}

IntegratorLog read_log(const std::string& text, double since) {
    IntegratorLog log;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        const std::string line = text.substr(from, end - from);
        from = end + 1;
        if (has(line, "wazuh-integratord") && has(line, "Started (pid")) log = {true, false, false, {}};
        if (!has(line, "custom-dnsstats")) continue;
        if (has(line, "Enabling integration")) log.enabled = true;
        if (!has(line, "ERROR") || time_of(line) <= since) continue;
        log.not_enabled = log.not_enabled || has(line, "Unable to enable integration");
        log.last_error = line.substr(0, date_length);
    }
    return log;
}

IntegratorLog log_of(const Examination& at, double since) {
    return read_log(end_of(at.home.log(), end_of_log), since);
}

/// A second is what the clocks of files and processes may differ by.
bool newer(const std::filesystem::path& file, const Running& program) {
    return program.since && written_at(file) > *program.since + 1;
}

void look_at_rules_age(const Examination& at) {
    const LoadedRule* raising = nullptr;
    if (const LoadedRule* start = at.rules.find(sysmon_22_rule))
        raising = at.rules.outcomes(*start).back().fired;
    for (const auto& file : {at.home.rules(), raising ? raising->file : at.home.rules()})
        if (newer(file, at.analysisd))
            return at.found.problem(
                file.string(),
                "is newer than the running wazuh-analysisd, which reads rules at its start alone",
                restart_hint);
}

void look_at_conf_age(const Examination& at) {
    if (!at.integratord.runs || !newer(at.home.conf_file().path, at.integratord)) return;
    const IntegratorLog log = log_of(at, 0);
    const std::string what = "wazuh-integratord";
    if (log.start_seen && !log.enabled)
        return at.found.problem(
            what, "was started before ossec.conf was changed, and without our integration (logs/ossec.log)",
            restart_hint);
    at.found.warning(what, "was started before ossec.conf was changed, which it reads at its start alone",
                     restart_hint);
}

}  // namespace

void look_at_programs(const Examination& at) {
    if (at.ways.integration) {
        const char* log_hint = "systemctl restart wazuh-manager; logs/ossec.log says why it ended";
        if (!at.integratord.runs && at.ways.alerts)
            at.found.warning("wazuh-integratord", "does not run: alerts come by alerts.json alone", log_hint);
        else if (!at.integratord.runs)
            at.found.problem("wazuh-integratord", "does not run: no alert is handed over", log_hint);
        else
            at.found.ok("wazuh-integratord", "runs");
        look_at_conf_age(at);
    }
    if (has_response_of_ours(at.conf) && !running(at.home, "wazuh-execd", "com").runs)
        at.found.warning("wazuh-execd", "does not run: no active response is run", restart_hint);
    if (at.analysisd.runs) look_at_rules_age(at);
}

/// Complaints about the integration in Wazuh's own log, of which nothing was fixed since. Their text stays
/// there: it may hold the alert's file, and keys of other integrations.
void look_at_log(const Examination& at) {
    if (!at.ways.by_shim()) return;
    const double day = static_cast<double>(std::chrono::system_clock::to_time_t(WallClock::now())) - too_old;
    const double since = std::max({day, written_at(at.home.conf_file().path),
                                   written_at(at.home.integration()), at.integratord.since.value_or(0)});
    const IntegratorLog log = log_of(at, since);
    if (log.not_enabled && !log.enabled)
        return at.found.problem(
            at.home.log(),
            "the integrator could not enable custom-dnsstats when it was started, at " + log.last_error,
            restart_hint);
    if (!log.last_error.empty())
        at.found.warning(
            at.home.log(), "has errors about the integration, the last at " + log.last_error,
            "grep custom-dnsstats in it; docs/operations.md, what Wazuh's ossec.log says of the shim");
}

}  // namespace enrichd::wazuh
