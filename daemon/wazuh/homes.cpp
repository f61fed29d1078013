#include "wazuh/homes.hpp"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "wazuh/event_rules.hpp"
#include "wazuh/place_file.hpp"

namespace enrichd::wazuh {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t number_in(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// What is not known is left out: the file may be of a later version.
std::optional<Installed> installed_in(const Json& json) {
    if (json.is_number_unsigned()) return Installed{json.get<std::uint64_t>()};  // of 0.1.0
    if (!json.is_object()) return std::nullopt;
    Installed out{number_in(json, "rules"), AlertSource::integration, {}, number_in(json, "event_rules")};
    if (const auto source = json.find("source"); source != json.end() && source->is_string())
        out.source = alert_source_named(source->get<std::string>()).value_or(AlertSource::integration);
    if (const auto events = json.find("events"); events != json.end() && events->is_array())
        for (const Json& kind : *events)
            if (kind.is_string() && is_event_kind(kind.get<std::string>()))
                out.events.push_back(kind.get<std::string>());
    return out;
}

}  // namespace

Homes::Homes(std::string file) : file_(std::move(file)) {
    const auto text = bytes_of(file_);
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (!json.is_object()) return;
    for (const auto& [home, value] : json.items())
        if (const auto installed = installed_in(value)) list_[home] = *installed;
}

Installed Homes::at(const std::string& home) const {
    const auto found = list_.find(home);
    return found == list_.end() ? Installed{} : found->second;
}

std::string Homes::remember(const std::string& home, const Installed& installed) {
    list_[home] = installed;
    return save();
}

std::string Homes::forget(const std::string& home) {
    list_.erase(home);
    return save();
}

std::string Homes::save() const {
    if (list_.empty()) {
        ::unlink(file_.c_str());
        return {};
    }
    std::error_code exists_or_fails_below;
    std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), exists_or_fails_below);
    Json json = Json::object();
    for (const auto& [home, one] : list_)
        json[home] = {{"rules", one.rules},
                      {"source", name_of(one.source)},
                      {"events", one.events},
                      {"event_rules", one.event_rules}};
    return place_file(file_, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", ::geteuid(),
                      ::getegid(), 0644);
}

}  // namespace enrichd::wazuh
