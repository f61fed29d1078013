#include "app/status_text.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/terminal.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t title_width = 11;

std::string title(const std::string& text) {
    return text + std::string(text.size() < title_width ? title_width - text.size() : 1, ' ');
}

const std::string indent(title_width, ' ');

std::string count(const Json& value) {
    return grouped(value.get<std::uint64_t>());
}

std::string duration(const Json& value) {
    return value.is_null() ? "-" : readable_duration(value.get<double>());
}

std::string bytes(const Json& value) {
    return readable_bytes(value.get<double>());
}

std::string percent(const Json& value) {
    if (value.is_null()) return "-";
    std::ostringstream out;
    out.precision(3);
    out << value.get<double>() * 100 << " %";
    return out.str();
}

/// "ok 1,230, deadline 4"
std::string tally(const Json& counts) {
    std::string out;
    for (const auto& [label, value] : counts.items())
        out.append(out.empty() ? "" : ", ").append(label).append(" ").append(count(value));
    return out.empty() ? "none" : out;
}

std::uint64_t total(const Json& counts) {
    std::uint64_t sum = 0;
    for (const auto& [label, value] : counts.items()) sum += value.get<std::uint64_t>();
    return sum;
}

double mean(const Json& list, std::size_t last) {
    double sum = 0;
    const std::size_t from = list.size() > last ? list.size() - last : 0;
    for (std::size_t at = from; at < list.size(); ++at) sum += list[at].get<double>();
    return list.size() > from ? sum / static_cast<double>(list.size() - from) : 0;
}

std::string rate(double value) {
    std::ostringstream out;
    out.precision(3);
    out << value << "/s";
    return out.str();
}

void add_checks(std::ostream& out, const Json& checks) {
    for (const Json& check : checks)
        if (check["status"] != "ok")
            out << indent << check["name"].get<std::string>() << " is " << check["status"].get<std::string>()
                << ": " << fit_for_terminal(check["detail"].get<std::string>()) << "\n";
}

void add_alerts(std::ostream& out, const Json& alerts, const Json& history) {
    const Json& rates = history["alerts_per_second"];
    out << title("alerts") << count(alerts["received"]["socket"]) << " from the shim, "
        << count(alerts["received"]["spool"]) << " from the spool; " << count(alerts["finished"])
        << " finished, " << count(alerts["pending"]) << " waiting of at most "
        << count(alerts["pending_limit"]) << "\n"
        << indent << "now " << rate(mean(rates, 1)) << ", last hour " << rate(mean(rates, rates.size()))
        << "; half end within " << duration(alerts["latency"]["p50_seconds"]) << ", 95 % within "
        << duration(alerts["latency"]["p95_seconds"]) << ", 99 % within "
        << duration(alerts["latency"]["p99_seconds"]) << "\n";
    for (const Json& one : alerts["refusals"]) {
        out << indent << one["kind"].get<std::string>() << " " << one["reason"].get<std::string>() << ": "
            << count(one["count"]);
        if (!one["last"].is_null()) out << ", last at " << one["last"].get<std::string>();
        out << "\n";
    }
}

void add_caches(std::ostream& out, const Json& caches) {
    for (const auto& [provider, cache] : caches.items())
        out << title("cache") << provider << ": " << count(cache["entries"]) << " of "
            << count(cache["limit"]) << " verdicts, " << bytes(cache["bytes"]) << ", "
            << percent(cache["hit_ratio"]) << " of "
            << grouped(cache["hits"].get<std::uint64_t>() + cache["misses"].get<std::uint64_t>())
            << " questions answered from it\n";
}

void add_upstreams(std::ostream& out, const Json& upstreams) {
    for (const Json& one : upstreams) {
        out << title(one["name"].get<std::string>());
        if (one.contains("mode")) out << one["mode"].get<std::string>() << ", ";
        const std::string trouble = one["trouble"].get<std::string>();
        out << (trouble.empty() ? "ok" : fit_for_terminal(trouble))
            << (one["held_back"].get<bool>() ? ", only tried now and then" : "") << "\n"
            << indent << count(total(one["requests"])) << " tries: " << tally(one["requests"])
            << "; half within " << duration(one["latency"]["p50_seconds"]) << ", 95 % within "
            << duration(one["latency"]["p95_seconds"]) << "\n";
        if (one.contains("questions") && one["questions"] != 0)
            out << indent << count(one["questions"]) << " names wait for its answer\n";
        if (one.contains("quota_left"))
            out << indent << count(one["quota_left"]) << " requests may go now, "
                << count(one["requests_per_hour"]) << " an hour; not checked: " << tally(one["dropped"])
                << "\n";
        if (one.contains("registries_resting") && one["registries_resting"] != 0)
            out << indent << count(one["registries_resting"]) << " registries rest\n";
    }
}

void add_outputs(std::ostream& out, const Json& outputs) {
    for (const Json& one : outputs) {
        const std::string trouble = one["trouble"].get<std::string>();
        out << title("output") << one["name"].get<std::string>() << ": "
            << (trouble.empty() ? "ok" : fit_for_terminal(trouble)) << ", sent " << tally(one["sent"]) << ", "
            << count(one["waiting"]) << " waiting\n";
    }
}

void add_configuration(std::ostream& out, const Json& of) {
    out << title("config") << "read well at " << of["last_success"].get<std::string>();
    if (!of["good"].get<bool>())
        out << "; the reload at " << of["last"].get<std::string>() << " FAILED, see journalctl -u enrichd";
    const std::string keys = of["restart_keys"].get<std::string>();
    if (!keys.empty()) out << "; wait for a restart: " << keys;
    out << "\n";
}

}  // namespace

std::string caches_text(const std::string& json) {
    std::ostringstream out;
    add_caches(out, Json::parse(json)["caches"]);
    return out.str();
}

std::string status_text(const std::string& json) {
    const Json status = Json::parse(json);
    std::ostringstream out;
    out << title("enrichd") << status["status"].get<std::string>() << ", version "
        << status["version"].get<std::string>() << ", up " << duration(status["uptime_seconds"]) << "\n";
    add_checks(out, status["checks"]);
    add_alerts(out, status["alerts"], status["history"]);
    add_caches(out, status["caches"]);
    add_upstreams(out, status["upstreams"]);
    add_outputs(out, status["outputs"]);
    const Json& spool = status["spool"];
    out << title("spool") << count(spool["files"]) << " alerts, " << bytes(spool["bytes"]) << " of "
        << bytes(spool["limit_bytes"]) << "; refused since ever: " << count(spool["refused"]) << "\n";
    add_configuration(out, status["configuration"]);
    const Json& process = status["process"];
    out << title("process") << bytes(process["resident_bytes"]) << " of memory, "
        << duration(process["cpu_seconds"]) << " of CPU, " << count(process["open_files"]) << " open files, "
        << count(process["threads"]) << " threads\n";
    return out.str();
}

}  // namespace enrichd
