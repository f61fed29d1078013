#include "wazuh/daemons_side.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "wazuh/event_rules.hpp"

namespace enrichd::wazuh {
namespace {

/// In quotes where YAML could read it as something else.
std::string yaml_text(const std::string& text) {
    constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-";
    if (text.starts_with('/') && text.find_first_not_of(plain) == std::string::npos) return text;
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// `intake.fields` as it is, and after it those fields of which none is there for a kind of events.
std::vector<std::string> fields_for(const Config& config, const std::vector<std::string>& events) {
    std::vector<std::string> out = config.reader.fields;
    const auto is_read = [&](const std::string& field) {
        return std::find(out.begin(), out.end(), field) != out.end();
    };
    for (const EventKind& kind : event_kinds_named(events))
        if (std::none_of(kind.fields.begin(), kind.fields.end(), is_read)) out.push_back(kind.fields.front());
    return out;
}

}  // namespace

bool is_same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
    const auto place = [](const std::filesystem::path& file) {
        std::error_code none_then;
        const auto directory = std::filesystem::weakly_canonical(file.parent_path(), none_then);
        return (none_then ? file.parent_path() : directory) / file.filename();
    };
    return place(one) == place(other);
}

bool follows(const Config& config, const std::filesystem::path& file) {
    const auto& files = config.files.files;
    return std::any_of(files.begin(), files.end(),
                       [&](const std::string& one) { return is_same_file(one, file); });
}

std::vector<std::string> files_for(const Config& config, const Home& home, AlertSource source) {
    std::vector<std::string> out;
    const auto& files = config.files.files;
    std::copy_if(files.begin(), files.end(), std::back_inserter(out), [&](const std::string& one) {
        return !is_same_file(one, home.alerts()) && !is_same_file(one, home.archives());
    });
    if (const auto file = followed_file(home, source); !file.empty()) out.push_back(file.string());
    return out;
}

void note_daemons_side(const DaemonsSide& side, const Home& home, AlertSource source,
                       const std::vector<std::string>& events, Steps& steps) {
    const auto file = followed_file(home, source);
    const bool with_archives = follows(side.config, home.archives());
    const bool with_alerts = follows(side.config, home.alerts());
    // The integration and alerts.json together are one alert each: their contents are equal.
    const bool good = source == AlertSource::archives ? with_archives && !with_alerts
                      : source == AlertSource::alerts ? with_alerts && !with_archives
                                                      : !with_archives;
    const std::vector<std::string> fields = fields_for(side.config, events);
    const bool all_read = fields == side.config.reader.fields;
    if (good && !file.empty()) steps.kept(side.file, "intake.files names " + file.string() + " already");
    for (const EventKind& kind : event_kinds_named(events))
        if (!kind.note.empty()) steps.note("\n" + kind.name + ": " + kind.note + "\n");
    if (good && all_read) return;
    steps.note("\nWrite this into " + side.file +
               ", below its key intake where there is one, then systemctl restart enrichd:\n\nintake:\n" +
               (good ? "" : "  files: " + yaml_list(files_for(side.config, home, source)) + "\n") +
               (all_read ? "" : "  fields: " + yaml_list(fields) + "\n"));
}

std::string yaml_list(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& one : list) out.append(out.empty() ? "" : ", ").append(yaml_text(one));
    return "[" + out + "]";
}

}  // namespace enrichd::wazuh
