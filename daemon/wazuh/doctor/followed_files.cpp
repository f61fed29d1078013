// The files that the daemon follows: whether Wazuh writes them, and whether the running daemon reads them.
#include <sys/stat.h>
#include <cstdint>
#include <filesystem>
#include <optional>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "wazuh/daemons_side.hpp"
#include "wazuh/doctor/examination.hpp"

namespace enrichd::wazuh {
namespace {

constexpr const char* archives_hint = "enrichd wazuh install --source archives --write";

bool is_in(const std::filesystem::path& file, const std::filesystem::path& directory) {
    std::error_code as_it_is_then;
    const auto place = std::filesystem::weakly_canonical(file, as_it_is_then);
    const auto relative = (as_it_is_then ? file : place).lexically_relative(directory);
    return !relative.empty() && *relative.begin() != "..";
}

/// Whether ossec.conf has Wazuh write it.
void look_at_setting(const Examination& at, bool archives) {
    const std::string conf = at.home.ossec_conf().string() + ": ";
    if (!at.conf) return;
    if (archives && !at.conf->json_archives)
        at.found.problem(conf + "logall_json",
                         "is not yes: Wazuh writes no archives.json, which the daemon follows",
                         archives_hint);
    if (!archives && !at.conf->json_output && !at.ways.integration)
        at.found.problem(conf + "jsonout_output",
                         "is no: Wazuh writes no alerts.json, which the daemon follows",
                         "<jsonout_output>yes</jsonout_output> in <global>");
}

void look_whether_it_is_there(const Examination& at, const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        const std::string what = "is not there: no alert comes by it";
        if (at.analysisd.runs)
            return at.found.problem(file, what + ", though wazuh-analysisd runs", restart_hint);
        return at.found.warning(file, what, "systemctl start wazuh-manager");
    }
    if (!S_ISREG(status.st_mode))
        return at.found.problem(file, "is no regular file", "name the file itself in intake.files");
    at.found.ok(file, "is followed, " + rights(file));
}

/// One that is none of the two which Wazuh goes on writing under the same name.
void look_at_other(const Examination& at, const std::string& file) {
    const auto name = std::filesystem::path(file).filename();
    if (name == "alerts.json" || name == "archives.json")
        at.found.warning(file,
                         "is not this Wazuh's: that writes " +
                             (name == "alerts.json" ? at.home.alerts() : at.home.archives()).string(),
                         "name that in intake.files, or the directory in wazuh.home");
    else if (name.extension() == ".log" && is_in(file, at.home.path / "logs"))
        at.found.problem(file, "is text: the daemon reads one JSON document a line",
                         "name " + at.home.alerts().string() + " in intake.files");
    else if (is_in(file, at.home.path / "logs"))
        at.found.warning(file, "is written for a day or less: Wazuh goes on in another file",
                         "name " + at.home.alerts().string() + " in intake.files");
    look_whether_it_is_there(at, file);
}

/// Whether the same alert comes by two ways with contents that differ, so that it is reported twice.
void look_at_ways(const Examination& at) {
    const Ways& ways = at.ways;
    if (ways.archives && (ways.integration || ways.alerts))
        at.found.warning("intake.files",
                         std::string("archives.json is followed, and alerts come by ") +
                             (ways.integration ? "the integration" : "alerts.json") +
                             " too: an alert may be reported twice, for its text in archives.json differs",
                         ways.integration ? archives_hint : "keep one of them");
    else if (ways.integration && ways.alerts)
        at.found.ok("intake.files",
                    "alerts.json is followed beside the integration: an alert that comes both ways is one");
    const bool for_nothing = at.conf && at.conf->json_archives && !ways.archives;
    if (for_nothing && ways.integration && !ways.alerts) return;  // it was on for another reason
    if (for_nothing)
        at.found.warning(
            at.home.ossec_conf().string() + ": logall_json",
            "is yes: Wazuh writes every event to disk, and the daemon does not read them",
            "intake: {files: [" + at.home.archives().string() + "]} in enrichd.yaml, or switch it off");
    if (ways.integration || ways.alerts || ways.archives) return;
    if (at.config.files.files.empty()) return;  // that ossec.conf calls no integration was said
    at.found.warning("intake.files", "names no file of this Wazuh",
                     "name " + at.home.alerts().string() + " or " + at.home.archives().string());
}

/// As the running daemon follows it. Nothing is known of a daemon of another version.
void look_at_lag(const Examination& at, const std::string& status) {
    using Status = nlohmann::json;
    const Status report = Status::parse(status, nullptr, false);
    if (!report.is_object() || !report.contains("files") || !report["files"].is_array()) return;
    const Status& followed = report["files"];
    for (const std::string& file : at.config.files.files) {
        const auto one = std::find_if(followed.begin(), followed.end(), [&](const Status& entry) {
            return entry.is_object() && entry.contains("file") && entry["file"] == file;
        });
        if (one == followed.end()) {
            at.found.warning(file, "is not followed by the running daemon, whose configuration is older",
                             "systemctl reload enrichd");
            continue;
        }
        if (one->contains("trouble") && (*one)["trouble"].is_string()) {
            at.found.problem(file,
                             "the running daemon does not read it: " + (*one)["trouble"].get<std::string>(),
                             "docs/operations.md, the rows of files");
            continue;
        }
        std::string how = "the running daemon follows it";
        if (one->contains("state") && (*one)["state"].is_string())
            how += ": " + (*one)["state"].get<std::string>();
        if (one->contains("lag_bytes") && (*one)["lag_bytes"].is_number_unsigned())
            how += ", " + std::to_string((*one)["lag_bytes"].get<std::uint64_t>()) + " bytes to read";
        at.found.ok(file, how);
    }
}

}  // namespace

Ways ways_of(const Config& config, const Home& home, const std::optional<OssecConf>& conf) {
    return {conf && std::any_of(conf->integrations.begin(), conf->integrations.end(), is_ours),
            follows(config, home.alerts()), follows(config, home.archives())};
}

void look_at_followed_files(const Examination& at, const std::string& status) {
    for (const std::string& file : at.config.files.files) {
        const bool archives = is_same_file(file, at.home.archives());
        if (!archives && !is_same_file(file, at.home.alerts())) {
            look_at_other(at, file);
            continue;
        }
        look_at_setting(at, archives);
        look_whether_it_is_there(at, file);
    }
    look_at_ways(at);
    if (!status.empty()) look_at_lag(at, status);
}

}  // namespace enrichd::wazuh
