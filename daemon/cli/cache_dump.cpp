#include "cli/cache_dump.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "cli/control_client.hpp"
#include "cli/input_file.hpp"
#include "cli/terminal.hpp"
#include "model/json_depth.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t bytes_at_once =
    256 * 1024;  // in a line to the daemon, of which more than twice may be one

Report failed(std::string why) {
    return {{}, {}, std::move(why), false};
}

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

/// What became of verdicts that were sent.
struct Loaded {
    std::size_t loaded = 0;
    std::map<std::string, std::size_t> left_out;  // by the reason
    bool stopped = false;                         // the daemon cannot take more now
};

/// False when the daemon does not answer.
bool send(ControlClient& daemon, Json list, Loaded& sum) {
    if (list.empty()) return true;
    const auto answer = daemon.ask(line_of({{"verb", "cache load"}, {"verdicts", std::move(list)}}));
    if (!answer) return false;
    const Json found = Json::parse(*answer);
    sum.loaded += found.at("loaded").get<std::size_t>();
    for (const auto& [why, count] : found.at("left_out").items())
        sum.left_out[why] += count.get<std::size_t>();
    sum.stopped = found.value("stopped", false);
    return true;
}

Report report_of(const Loaded& sum) {
    std::string human = counted(sum.loaded, "verdict") + " loaded\n";
    Json reasons = Json::object();
    for (const auto& [why, count] : sum.left_out) {
        human += counted(count, "line") + " left out: " + why + "\n";
        reasons[why] = count;
    }
    Report report{Json{{"loaded", sum.loaded}, {"left_out", std::move(reasons)}}.dump() + "\n",
                  std::move(human),
                  {},
                  true};
    if (sum.loaded == 0 && !sum.left_out.empty()) {
        report.error = "no verdict was loaded";
        report.good = false;
    }
    return report;
}

Report ended_early(const ControlClient& daemon, const Loaded& sum) {
    return failed("after " + counted(sum.loaded, "verdict") + ": " + daemon.failure());
}

}  // namespace

Report daemon_cache_dump(const Config& config) {
    ControlClient daemon(config.admin.socket);
    std::string lines;
    Json question{{"verb", "cache dump"}};
    for (bool more = true; more;) {
        const auto answer = daemon.ask(question.dump());
        if (!answer) return failed(daemon.failure());
        const Json found = Json::parse(*answer);
        for (const Json& one : found.at("verdicts")) lines += line_of(one) + "\n";
        more = found.contains("next");
        if (more) question["after"] = found.at("next");
    }
    return {lines, lines, {}, true};
}

Report daemon_cache_load(const Config& config, const std::string& file) {
    std::string why;
    const std::string text = whole_text_of(file == "-" ? "/dev/stdin" : file, why);
    if (!why.empty()) return failed(file + ": " + why);
    ControlClient daemon(config.admin.socket);
    if (!daemon.failure().empty()) return failed(daemon.failure());
    Loaded sum;
    Json list = Json::array();
    std::size_t bytes = 0;
    for (std::string_view rest = text; !rest.empty() && !sum.stopped;) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        Json one = line.size() > bytes_at_once ? Json() : Json::parse(line, nullptr, false);
        if (!one.is_object() || deeper_than(one, deepest_verdict + 1)) {
            ++sum.left_out[line.size() > bytes_at_once ? "longer than 256 KiB"
                                                       : "no JSON object, or nested too deeply"];
            continue;
        }
        const std::size_t size = line_of(one).size();  // characters may be written longer than they were read
        if (size > bytes_at_once) {
            ++sum.left_out["longer than 256 KiB"];
            continue;
        }
        if (bytes + size > bytes_at_once) {
            if (!send(daemon, std::exchange(list, Json::array()), sum)) return ended_early(daemon, sum);
            bytes = 0;
        }
        bytes += size;
        list.push_back(std::move(one));
    }
    if (!sum.stopped && !send(daemon, std::move(list), sum)) return ended_early(daemon, sum);
    return report_of(sum);
}

}  // namespace enrichd
