#include "wazuh/alert_source.hpp"

#include <algorithm>

#include "wazuh/xml.hpp"

namespace enrichd::wazuh {
namespace {

/// The rule for event 22 with the comment before it and the empty line after it.
constexpr std::string_view event_22_begin = "<!-- Sysmon's event 22 becomes an alert";
constexpr std::string_view group_end = "</group>\n\n";

bool archives_are_written(const std::string& ossec_conf) {
    std::string unused;
    const auto read = read_ossec_conf(ossec_conf, unused);
    return read && read->json_archives;
}

}  // namespace

std::optional<AlertSource> alert_source_named(std::string_view name) {
    const auto* const found = std::find(alert_source_names.begin(), alert_source_names.end(), name);
    if (found == alert_source_names.end()) return std::nullopt;
    return static_cast<AlertSource>(found - alert_source_names.begin());
}

std::string name_of(AlertSource source) {
    return std::string(alert_source_names.at(static_cast<std::size_t>(source)));
}

std::filesystem::path followed_file(const Home& home, AlertSource source) {
    if (source == AlertSource::alerts) return home.alerts();
    return source == AlertSource::archives ? home.archives() : std::filesystem::path();
}

std::string_view conf_part_for(AlertSource source) {
    if (source == AlertSource::integration) return integration_text();
    return source == AlertSource::archives ? archives_text() : std::string_view();
}

std::string rules_for(AlertSource source) {
    std::string text(rules_text());
    if (source != AlertSource::archives) return text;
    const std::size_t from = text.find(event_22_begin);
    return text.erase(from, text.find(group_end, from) + group_end.size() - from);
}

std::optional<AlertSource> source_of_part(const std::string& text) {
    if (holds_our_integration_alone(text)) return AlertSource::integration;
    if (holds_archives_alone(text)) return AlertSource::archives;
    return std::nullopt;
}

bool has_what_it_needs(const std::string& ossec_conf, AlertSource source) {
    if (source == AlertSource::integration) return calls_us(ossec_conf);
    return source == AlertSource::alerts || archives_are_written(ossec_conf);
}

bool calls_us(const std::string& ossec_conf) {
    std::string unused;
    const auto read = read_ossec_conf(ossec_conf, unused);
    return read && std::any_of(read->integrations.begin(), read->integrations.end(), is_ours);
}

}  // namespace enrichd::wazuh
