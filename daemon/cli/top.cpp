#include "cli/top.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>
#include <utility>

#include "cli/control_client.hpp"
#include "cli/terminal.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr auto refresh = 2s;
constexpr std::size_t usual_rows = 10;
constexpr std::size_t other_lines = 10;  // of the screen: titles and what is between the tables

/// What is counted of one domain, agent, finding or decision.
struct Row {
    std::uint64_t alerts = 0;
    std::set<std::string> others{};  // agents of a domain, domains of an agent
};
using Table = std::map<std::string, Row>;

std::vector<std::pair<std::string, const Row*>> largest(const Table& table, std::size_t rows) {
    std::vector<std::pair<std::string, const Row*>> all;
    for (const auto& [name, row] : table) all.emplace_back(name, &row);
    const auto more = [](const auto& a, const auto& b) { return a.second->alerts > b.second->alerts; };
    std::stable_sort(all.begin(), all.end(), more);
    all.resize(std::min(rows, all.size()));
    return all;
}

void add_table(std::ostream& out, const char* title, const char* others, const Table& table,
               std::size_t rows) {
    out << "\n" << padded(title, 40) << padded("alerts", 10) << others << "\n";
    for (const auto& [name, row] : largest(table, rows)) {
        out << padded(fit_for_terminal(name), 40) << padded(grouped(row->alerts), 10);
        if (others[0] != '\0') out << grouped(row->others.size());
        out << "\n";
    }
}

Json as_json(const Table& table, const char* name, const char* others, std::size_t rows) {
    Json out = Json::array();
    for (const auto& [key, row] : largest(table, rows)) {
        Json one{{name, key}, {"alerts", row->alerts}};
        if (others[0] != '\0') one[others] = row->others.size();
        out.push_back(std::move(one));
    }
    return out;
}

/// Of each of three tables.
std::size_t rows_of_screen() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return usual_rows;
    const std::size_t lines = size.ws_row;
    return lines < other_lines + 9 ? 3 : (lines - other_lines) / 3;
}

}  // namespace

void TopCounts::add(const std::string& line, Clock::time_point now) {
    try {
        count(Json::parse(line), now);
    } catch (const Json::exception&) {  // of another version, perhaps
        return;
    }
}

void TopCounts::count(const Json& read, Clock::time_point now) {
    if (!read.is_object()) return;
    if (read.contains("left_out")) {
        left_out_ += read["left_out"].get<std::uint64_t>();
        return;
    }
    if (!read.contains("agent") || !read["agent"].is_object()) return;
    const Json& agent = read["agent"];
    const Json domain = read.value("domain", Json());
    Decided one{now,
                domain.is_string() ? domain.get<std::string>() : std::string(),
                agent.value("id", "") + " " + agent.value("name", ""),
                read.value("decision", ""),
                {}};
    if (one.domain.empty()) one.domain = read.value("query", "");
    for (const Json& finding : read.value("findings", Json::array()))
        if (finding.is_string()) one.findings.push_back(finding.get<std::string>());
    alerts_.push_back(std::move(one));
    forget(now);
}

void TopCounts::forget(Clock::time_point now) {
    while (!alerts_.empty() && (now - alerts_.front().time > window || alerts_.size() > most_alerts))
        alerts_.pop_front();
}

std::string TopCounts::shown(std::size_t rows, Clock::time_point now, bool json) {
    forget(now);
    Table domains;
    Table agents;
    Table findings;
    Table decisions;
    for (const Decided& one : alerts_) {
        ++domains[one.domain].alerts;
        domains[one.domain].others.insert(one.agent);
        ++agents[one.agent].alerts;
        agents[one.agent].others.insert(one.domain);
        ++decisions[one.decision].alerts;
        for (const std::string& finding : one.findings) ++findings[finding].alerts;
    }
    const std::chrono::duration<double> seconds = std::min<Clock::duration>(now - begun_, window);
    if (json) {
        const Json out{{"seconds", seconds.count()},
                       {"alerts", alerts_.size()},
                       {"left_out", left_out_},
                       {"decisions", as_json(decisions, "decision", "", rows)},
                       {"domains", as_json(domains, "domain", "agents", rows)},
                       {"agents", as_json(agents, "agent", "domains", rows)},
                       {"findings", as_json(findings, "finding", "", rows)}};
        return out.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
    }
    std::ostringstream out;
    out << counted(alerts_.size(), "alert") << " in the last " << readable_duration(seconds.count());
    if (left_out_ > 0) out << ", " << grouped(left_out_) << " not counted: too many to send";
    for (const auto& [decision, row] : largest(decisions, usual_rows))
        out << "; " << decision << " " << grouped(row->alerts);
    out << "\n";
    add_table(out, "domain", "agents", domains, rows);
    add_table(out, "agent", "domains", agents, rows);
    add_table(out, "finding", "", findings, rows);
    return out.str();
}

Report daemon_top(const Config& config, const TopRequest& request, std::ostream& out) {
    ControlClient daemon(config.admin.socket);
    const Clock::time_point begun = Clock::now();
    TopCounts counts(begun);
    const bool once = request.seconds > 0;
    const auto end =
        begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(request.seconds));
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    Clock::time_point next = begun;
    const auto print = [&](Clock::time_point now) {
        if (terminal && !once) out << "\x1b[H\x1b[2J";
        const std::size_t rows = terminal && !once ? rows_of_screen() : usual_rows;
        out << lines_for_terminal(counts.shown(rows, now, request.json)) << std::flush;
    };
    const auto each = [&](const std::string& line) {
        const Clock::time_point now = Clock::now();
        if (!line.empty()) counts.add(line, now);
        if (once && now < end) return true;
        if (!once && now < next) return true;
        next = now + refresh;
        print(now);
        return !once && out.good();
    };
    const bool ended = daemon.each_line(R"({"verb":"tap"})", each, 200ms);
    return ended ? Report{{}, {}, {}, true} : Report{{}, {}, daemon.failure(), false};
}

}  // namespace enrichd
