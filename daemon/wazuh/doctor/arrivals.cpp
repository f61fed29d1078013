// Whether Sysmon's event 22 ever came: to Wazuh, and from there to the daemon.
#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/terminal.hpp"
#include "wazuh/doctor/examination.hpp"

namespace enrichd::wazuh {
namespace {

constexpr std::size_t end_of_file = 4 * 1024 * 1024;  // bytes of alerts.json, or of archives.json

constexpr const char* agents_need =
    "each Windows agent needs Sysmon with a rule for DnsQuery, and in its ossec.conf <localfile> with "
    "<location>Microsoft-Windows-Sysmon/Operational</location> and <log_format>eventchannel</log_format>: "
    "docs/install.md, Prerequisites";

/// In the memory of domains ever queried, which outlives the daemon.
std::uint64_t domains_seen(const nlohmann::json& status) {
    std::uint64_t seen = 0;
    for (const auto& upstream : status.value("upstreams", nlohmann::json::array()))
        seen = std::max(seen, upstream.value("domains_seen", std::uint64_t{0}));
    return seen;
}

}  // namespace

void look_at_arrivals(const Examination& at, const std::string& status) {
    using Status = nlohmann::json;
    const Status report = Status::parse(status);
    // A daemon of another version may leave something out.
    const Status alerts = report.value("alerts", Status::object());
    const Status by_source = alerts.value("received", Status::object());
    std::uint64_t received = 0;
    for (const auto& [source, count] : by_source.items())
        if (count.is_number()) received += count.get<std::uint64_t>();
    received -= std::min(received, alerts.value("selftests", std::uint64_t{0}));
    const auto minutes = static_cast<std::uint64_t>(report.value("uptime_seconds", 0.0) / 60);
    const std::string since = " since the daemon started " + counted(minutes, "minute") + " ago";
    if (received > 0) return at.found.ok("alerts", counted(received, "alert") + since);
    if (const std::uint64_t domains = domains_seen(report); domains > 0)
        return at.found.ok("alerts", "none came" + since + ", and " + counted(domains, "domain") +
                                         " are known from earlier alerts or an import");
    const auto file = at.ways.archives ? at.home.archives() : at.home.alerts();
    const std::string in_file = ", and Wazuh's " + file.filename().string();
    const std::string recent = end_of(file, end_of_file);
    const bool seen_by_wazuh = recent.find(R"("eventID":"22")") != std::string::npos;
    if (seen_by_wazuh)
        return at.found.warning(
            "alerts", "none came" + since + in_file + " has some of Sysmon's event 22",
            "enrichd selftest says where an alert stops; systemctl restart wazuh-manager");
    at.found.warning("alerts", "none came" + since + in_file + " has none of Sysmon's event 22 lately",
                     agents_need);
}

}  // namespace enrichd::wazuh
