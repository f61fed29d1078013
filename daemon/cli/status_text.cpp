#include "cli/status_text.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/terminal.hpp"

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
std::string counters(const Json& counts) {
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

std::string since(const Json& check) {
    return check["since"].is_null() ? "" : " since " + check["since"].get<std::string>();
}

void add_checks(std::ostream& out, const Json& checks) {
    for (const Json& check : checks)
        if (check["status"] != "ok")
            out << indent << check["name"].get<std::string>() << " is " << check["status"].get<std::string>()
                << since(check) << ": " << fit_for_terminal(check["detail"].get<std::string>()) << "\n"
                << indent << "  " << fit_for_terminal(check["advice"].get<std::string>()) << "\n";
}

void add_alerts(std::ostream& out, const Json& alerts, const Json& history) {
    const Json& rates = history["alerts_per_second"];
    out << title("alerts") << count(alerts["received"]["socket"]) << " from the shim, "
        << count(alerts["received"]["spool"]) << " from the spool, ";
    if (alerts["received"].contains("file")) out << count(alerts["received"]["file"]) << " from files, ";
    out << count(alerts["finished"]) << " finished, " << count(alerts["pending"]) << " waiting of at most "
        << count(alerts["pending_limit"]) << "\n";
    if (alerts.value("deferred", 0) > 0)
        out << indent << count(alerts["deferred"])
            << " of them deferred: Domain Stats fails for their domain and answers others\n";
    out << indent << "now " << readable_rate(mean(rates, 1)) << ", last hour "
        << readable_rate(mean(rates, rates.size())) << "; finished ones took p50 "
        << duration(alerts["latency"]["p50_seconds"]) << ", p95 "
        << duration(alerts["latency"]["p95_seconds"]) << ", p99 "
        << duration(alerts["latency"]["p99_seconds"]) << "\n";
    for (const Json& one : alerts["refusals"]) {
        out << indent << one["kind"].get<std::string>() << " " << one["reason"].get<std::string>() << ": "
            << count(one["count"]);
        if (!one["last"].is_null()) out << ", last at " << one["last"].get<std::string>();
        out << "\n";
    }
}

void add_files(std::ostream& out, const Json& status) {
    if (!status.contains("files")) return;
    for (const Json& file : status["files"]) {
        out << title("file") << fit_for_terminal(file["file"].get<std::string>()) << ": "
            << fit_for_terminal(file.value("trouble", file["state"].get<std::string>()));
        if (!file["lag_bytes"].is_null()) out << ", " << bytes(file["lag_bytes"]) << " to be read";
        out << "\n" << indent << counted(total(file["lines"]), "line") << ": " << counters(file["lines"]);
        if (file["gaps"] != 0) out << "; " << counted(file["gaps"].get<std::uint64_t>(), "gap");
        if (file["truncations"] != 0) out << "; emptied " << count(file["truncations"]) << " times";
        out << "\n";
        if (file["reads"].is_string() && file["reads"] != file["file"])
            out << indent << "reads " << fit_for_terminal(file["reads"].get<std::string>()) << "\n";
    }
}

void add_caches(std::ostream& out, const Json& caches) {
    for (const auto& [provider, cache] : caches.items())
        out << title("cache") << provider << ": " << count(cache["entries"]) << " of "
            << count(cache["limit"]) << " verdicts, " << bytes(cache["bytes"]) << ", "
            << percent(cache["hit_ratio"]) << " hits of "
            << counted(cache["hits"].get<std::uint64_t>() + cache["misses"].get<std::uint64_t>(), "lookup")
            << "\n";
}

std::string state_of(const Json& upstream) {
    const std::string trouble = upstream["trouble"].get<std::string>();
    std::string out = trouble.empty() ? (upstream["asked"].get<bool>() ? "ok" : "not asked yet")
                                      : fit_for_terminal(trouble);
    if (upstream.value("paused", false)) return out + ", paused by an operator";
    if (upstream["held_back"].get<bool>()) out += ", paused: only probed now and then";
    return out;
}

void add_upstreams(std::ostream& out, const Json& upstreams) {
    for (const Json& one : upstreams) {
        out << title(one["name"].get<std::string>());
        if (one.contains("mode")) out << one["mode"].get<std::string>() << ", ";
        const std::uint64_t not_sent = total(one["not_sent"]);
        out << state_of(one) << "\n"
            << indent << counted(total(one["requests"]), "request") << ": " << counters(one["requests"])
            << "; p50 " << duration(one["latency"]["p50_seconds"]) << ", p95 "
            << duration(one["latency"]["p95_seconds"]) << "\n";
        if (not_sent > 0)
            out << indent << grouped(not_sent) << " not sent: " << counters(one["not_sent"]) << "\n";
        if (one.contains("questions") && one["questions"] != 0)
            out << indent << counted(one["questions"].get<std::uint64_t>(), "name") << " in the queue\n";
        if (one.contains("quota_left")) {
            out << indent << "quota: ";
            if (one["held_back"].get<bool>())
                out << "none used while paused";
            else
                out << count(one["quota_left"]) << " may go now";
            out << ", " << count(one["requests_per_hour"])
                << " an hour; not checked: " << counters(one["dropped"]) << "\n";
        }
        if (one.contains("registries_resting") && one["registries_resting"] != 0)
            out << indent << counted(one["registries_resting"].get<std::uint64_t>(), "registry", "registries")
                << " paused\n";
    }
}

/// One line for each stage that is off.
void add_what_is_off(std::ostream& out, const Json& checks) {
    for (const Json& check : checks)
        if (check["detail"].get<std::string>().starts_with("off: "))
            out << title(check["name"].get<std::string>())
                << fit_for_terminal(check["detail"].get<std::string>()) << "\n";
}

void add_outputs(std::ostream& out, const Json& outputs) {
    for (const Json& one : outputs) {
        const std::string trouble = one["trouble"].get<std::string>();
        out << title("output") << one["name"].get<std::string>() << ": "
            << (trouble.empty() ? "ok" : fit_for_terminal(trouble)) << ", sent " << counters(one["sent"])
            << ", " << count(one["waiting"]) << " waiting\n";
    }
}

void add_configuration(std::ostream& out, const Json& of) {
    out << title("config") << "last read without errors at " << of["last_success"].get<std::string>();
    if (!of["good"].get<bool>())
        out << "; the reload at " << of["last"].get<std::string>() << " FAILED, see journalctl -u enrichd";
    const std::string keys = of["restart_keys"].get<std::string>();
    if (!keys.empty()) out << "; take effect at a restart: " << keys;
    out << "\n";
}

}  // namespace

std::string caches_text(const std::string& json) {
    std::ostringstream out;
    add_caches(out, Json::parse(json)["caches"]);
    return out.str();
}

std::string queue_text(const std::string& json) {
    const Json queue = Json::parse(json);
    std::ostringstream out;
    const Json& alerts = queue["alerts"];
    out << title("alerts") << counted(alerts["pending"].get<std::uint64_t>(), "alert")
        << " waiting of at most " << count(alerts["pending_limit"]) << ", " << count(alerts["deferred"])
        << " of them deferred\n";
    for (const Json& one : queue["upstreams"]) {
        const std::string name = one["name"].get<std::string>();
        out << title(name) << state_of(one) << "; "
            << counted(one.value("questions", std::uint64_t{0}), "open question") << "\n";
        for (const Json& question : queue["questions"]) {
            if (question["provider"] != name) continue;
            out << indent << "  " << fit_for_terminal(question["question"].get<std::string>()) << ": "
                << counted(question["alerts"].get<std::uint64_t>(), "alert") << " for "
                << duration(question["seconds"]);
            if (question.contains("failure"))
                out << "; last failure: " << fit_for_terminal(question["failure"].get<std::string>());
            out << "\n";
        }
    }
    add_outputs(out, queue["outputs"]);
    const Json& spool = queue["spool"];
    out << title("spool") << counted(spool["files"].get<std::uint64_t>(), "alert") << "\n";
    add_files(out, queue);
    return out.str();
}

std::string status_text(const std::string& json) {
    const Json status = Json::parse(json);
    std::ostringstream out;
    out << title("enrichd") << status["status"].get<std::string>() << ", version "
        << status["version"].get<std::string>() << ", up " << duration(status["uptime_seconds"]) << "\n";
    add_checks(out, status["checks"]);
    add_alerts(out, status["alerts"], status["history"]);
    add_files(out, status);
    add_caches(out, status["caches"]);
    add_upstreams(out, status["upstreams"]);
    add_what_is_off(out, status["checks"]);
    add_outputs(out, status["outputs"]);
    const Json& spool = status["spool"];
    out << title("spool") << counted(spool["files"].get<std::uint64_t>(), "alert") << ", "
        << bytes(spool["bytes"]) << " of " << bytes(spool["limit_bytes"])
        << "; refused in all: " << count(spool["refused"]) << "\n";
    add_configuration(out, status["configuration"]);
    const Json& process = status["process"];
    out << title("process") << bytes(process["resident_bytes"]) << " of memory, "
        << duration(process["cpu_seconds"]) << " of CPU, " << count(process["open_files"]) << " open files, "
        << count(process["threads"]) << " threads\n";
    return out.str();
}

}  // namespace enrichd
