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
    return check.at("since").is_null() ? "" : " since " + check.at("since").get<std::string>();
}

/// " (https://example.org, next try in 8 s)"; empty when neither is known.
std::string where_and_when(const Json& check) {
    std::string out = fit_for_terminal(check.value("address", ""));
    if (check.contains("next_try_seconds"))
        out += (out.empty() ? "next try in " : ", next try in ") + duration(check.at("next_try_seconds"));
    return out.empty() ? out : " (" + out + ")";
}

void add_checks(std::ostream& out, const Json& checks) {
    for (const Json& check : checks)
        if (check.at("status") != "ok")
            out << indent << check.at("name").get<std::string>() << " is "
                << check.at("status").get<std::string>() << since(check) << ": "
                << fit_for_terminal(check.at("detail").get<std::string>()) << where_and_when(check) << "\n"
                << indent << "  " << fit_for_terminal(check.at("advice").get<std::string>()) << "\n";
}

void add_alerts(std::ostream& out, const Json& alerts, const Json& history) {
    const Json& rates = history.at("alerts_per_second");
    out << title("alerts") << count(alerts.at("received").at("socket")) << " from the shim, "
        << count(alerts.at("received").at("spool")) << " from the spool, ";
    if (alerts.at("received").contains("file"))
        out << count(alerts.at("received").at("file")) << " from files, ";
    out << count(alerts.at("finished")) << " finished, " << count(alerts.at("pending"))
        << " waiting of at most " << count(alerts.at("pending_limit")) << "\n";
    if (alerts.value("deferred", 0) > 0)
        out << indent << count(alerts.at("deferred"))
            << " of them deferred: Domain Stats fails for their domain and answers others\n";
    out << indent << "now " << readable_rate(mean(rates, 1)) << ", last hour "
        << readable_rate(mean(rates, rates.size())) << "; finished ones took p50 "
        << duration(alerts.at("latency").at("p50_seconds")) << ", p95 "
        << duration(alerts.at("latency").at("p95_seconds")) << ", p99 "
        << duration(alerts.at("latency").at("p99_seconds")) << "\n";
    for (const Json& one : alerts.at("refusals")) {
        out << indent << one.at("kind").get<std::string>() << " " << one.at("reason").get<std::string>()
            << ": " << count(one.at("count"));
        if (!one.at("last").is_null()) out << ", last at " << one.at("last").get<std::string>();
        out << "\n";
    }
}

void add_files(std::ostream& out, const Json& status) {
    if (!status.contains("files")) return;
    for (const Json& file : status.at("files")) {
        out << title("file") << fit_for_terminal(file.at("file").get<std::string>()) << ": "
            << fit_for_terminal(file.value("trouble", file.at("state").get<std::string>()));
        if (!file.at("lag_bytes").is_null()) out << ", " << bytes(file.at("lag_bytes")) << " to be read";
        out << "\n"
            << indent << counted(total(file.at("lines")), "line") << ": " << counters(file.at("lines"));
        if (file.at("gaps") != 0) out << "; " << counted(file.at("gaps").get<std::uint64_t>(), "gap");
        if (file.at("truncations") != 0) out << "; emptied " << count(file.at("truncations")) << " times";
        out << "\n";
        if (file.at("reads").is_string() && file.at("reads") != file.at("file"))
            out << indent << "reads " << fit_for_terminal(file.at("reads").get<std::string>()) << "\n";
    }
}

void add_caches(std::ostream& out, const Json& caches) {
    for (const auto& [provider, cache] : caches.items())
        out << title("cache") << provider << ": " << count(cache.at("entries")) << " of "
            << count(cache.at("limit")) << " verdicts, " << bytes(cache.at("bytes")) << ", "
            << percent(cache.at("hit_ratio")) << " hits of "
            << counted(cache.at("hits").get<std::uint64_t>() + cache.at("misses").get<std::uint64_t>(),
                       "lookup")
            << "\n";
}

std::string state_of(const Json& upstream) {
    const std::string trouble = upstream.at("trouble").get<std::string>();
    std::string out = trouble.empty() ? (upstream.at("asked").get<bool>() ? "ok" : "not asked yet")
                                      : fit_for_terminal(trouble);
    if (upstream.value("paused_by_operator", false)) return out + ", paused by an operator";
    if (upstream.at("held_back").get<bool>()) out += ", paused: only probed now and then";
    return out;
}

void add_upstreams(std::ostream& out, const Json& upstreams) {
    for (const Json& one : upstreams) {
        out << title(one.at("name").get<std::string>());
        if (one.contains("mode")) out << one.at("mode").get<std::string>() << ", ";
        const std::uint64_t not_sent = total(one.at("not_sent"));
        out << state_of(one) << "\n"
            << indent << counted(total(one.at("requests")), "request") << ": " << counters(one.at("requests"))
            << "; p50 " << duration(one.at("latency").at("p50_seconds")) << ", p95 "
            << duration(one.at("latency").at("p95_seconds")) << "\n";
        if (not_sent > 0)
            out << indent << grouped(not_sent) << " not sent: " << counters(one.at("not_sent")) << "\n";
        if (one.contains("questions") && one.at("questions") != 0)
            out << indent << counted(one.at("questions").get<std::uint64_t>(), "name") << " in the queue\n";
        if (one.contains("quota_left")) {
            out << indent << "quota: ";
            if (one.at("held_back").get<bool>())
                out << "none used while paused";
            else
                out << count(one.at("quota_left")) << " may go now";
            out << ", " << count(one.at("requests_per_hour"))
                << " an hour; not checked: " << counters(one.at("dropped")) << "\n";
        }
        if (one.contains("registries_resting") && one.at("registries_resting") != 0)
            out << indent
                << counted(one.at("registries_resting").get<std::uint64_t>(), "registry", "registries")
                << " paused\n";
    }
}

/// One line for each stage that is off.
void add_what_is_off(std::ostream& out, const Json& checks) {
    for (const Json& check : checks)
        if (check.at("detail").get<std::string>().starts_with("off: "))
            out << title(check.at("name").get<std::string>())
                << fit_for_terminal(check.at("detail").get<std::string>()) << "\n";
}

void add_outputs(std::ostream& out, const Json& outputs) {
    for (const Json& one : outputs) {
        const std::string trouble = one.at("trouble").get<std::string>();
        out << title("output") << one.at("name").get<std::string>() << ": "
            << (trouble.empty() ? "ok" : fit_for_terminal(trouble)) << ", sent " << counters(one.at("sent"))
            << ", " << count(one.at("waiting")) << " waiting\n";
    }
}

void add_configuration(std::ostream& out, const Json& of) {
    out << title("config") << "last read without errors at " << of.at("last_success").get<std::string>();
    if (!of.at("good").get<bool>())
        out << "; the reload at " << of.at("last").get<std::string>() << " FAILED, see journalctl -u enrichd";
    const std::string keys = of.at("restart_keys").get<std::string>();
    if (!keys.empty()) out << "; take effect at a restart: " << keys;
    out << "\n";
}

}  // namespace

std::string caches_text(const std::string& json) {
    std::ostringstream out;
    add_caches(out, Json::parse(json).at("caches"));
    return out.str();
}

std::string queue_text(const std::string& json) {
    const Json queue = Json::parse(json);
    std::ostringstream out;
    const Json& alerts = queue.at("alerts");
    out << title("alerts") << counted(alerts.at("pending").get<std::uint64_t>(), "alert")
        << " waiting of at most " << count(alerts.at("pending_limit")) << ", " << count(alerts.at("deferred"))
        << " of them deferred\n";
    for (const Json& one : queue.at("upstreams")) {
        const std::string name = one.at("name").get<std::string>();
        out << title(name) << state_of(one) << "; "
            << counted(one.value("questions", std::uint64_t{0}), "open question") << "\n";
        for (const Json& question : queue.at("questions")) {
            if (question.at("provider") != name) continue;
            out << indent << "  " << fit_for_terminal(question.at("question").get<std::string>()) << ": "
                << counted(question.at("alerts").get<std::uint64_t>(), "alert") << " for "
                << duration(question.at("seconds"));
            if (question.contains("failure"))
                out << "; last failure: " << fit_for_terminal(question.at("failure").get<std::string>());
            out << "\n";
        }
    }
    add_outputs(out, queue.at("outputs"));
    const Json& spool = queue.at("spool");
    out << title("spool") << counted(spool.at("files").get<std::uint64_t>(), "alert") << "\n";
    add_files(out, queue);
    return out.str();
}

std::string status_text(const std::string& json) {
    const Json status = Json::parse(json);
    std::ostringstream out;
    out << title("enrichd") << status.at("status").get<std::string>() << ", version "
        << status.at("version").get<std::string>() << ", up " << duration(status.at("uptime_seconds"))
        << "\n";
    add_checks(out, status.at("checks"));
    add_alerts(out, status.at("alerts"), status.at("history"));
    add_files(out, status);
    add_caches(out, status.at("caches"));
    add_upstreams(out, status.at("upstreams"));
    add_what_is_off(out, status.at("checks"));
    add_outputs(out, status.at("outputs"));
    const Json& spool = status.at("spool");
    out << title("spool") << counted(spool.at("files").get<std::uint64_t>(), "alert") << ", "
        << bytes(spool.at("bytes")) << " of " << bytes(spool.at("limit_bytes"))
        << "; refused in all: " << count(spool.at("refused")) << "\n";
    add_configuration(out, status.at("configuration"));
    const Json& process = status.at("process");
    out << title("process") << bytes(process.at("resident_bytes")) << " of memory, "
        << duration(process.at("cpu_seconds")) << " of CPU, " << count(process.at("open_files"))
        << " open files, " << count(process.at("threads")) << " threads\n";
    return out.str();
}

}  // namespace enrichd
