#include "stages/lists/misp_format.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/utf8.hpp"
#include "stages/lists/line_formats.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::json;

constexpr int deepest = 6;  // {response:{Attribute:[{Tag:[{
constexpr std::size_t longest_text = 200;
constexpr std::size_t most_tags = 10;

/// Members that are read; all others are dropped while the text is parsed.
constexpr std::array<std::string_view, 14> wanted{"response", "Attribute", "uuid",   "id",      "event_id",
                                                  "type",     "value",     "to_ids", "deleted", "comment",
                                                  "Tag",      "name",      "Event",  "info"};

bool sieve(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > deepest) return false;
    if (event != Json::parse_event_t::key) return true;
    const auto& key = parsed.get_ref<const std::string&>();
    return std::find(wanted.begin(), wanted.end(), key) != wanted.end();
}

/// MISP writes numbers and identifiers as texts, and sometimes as numbers.
std::string text_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (found->is_string()) return std::string(cut_utf8(found->get_ref<const std::string&>(), longest_text));
    return found->is_number_integer() ? found->dump() : std::string();
}

bool is_set(const Json& object, const char* key, bool without) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return without;
    if (found->is_boolean()) return found->get<bool>();
    const std::string text = text_at(object, key);
    return text == "1" || text == "true";
}

std::string host_of(std::string_view url) {
    if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#\\"));
    if (const std::size_t user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    if (url.starts_with('[')) return std::string(url);  // an address
    return std::string(url.substr(0, url.find(':')));
}

struct Name {
    std::string text;
    std::uint8_t listing;
};

std::optional<Name> name_of(const std::string& type, std::string_view value) {
    constexpr auto exact = static_cast<std::uint8_t>(Listing::exact);
    value = trimmed(value);
    if (type == "domain") return Name{std::string(value), suffix_listing};
    if (type == "domain|ip") return Name{std::string(value.substr(0, value.find('|'))), suffix_listing};
    if (type == "hostname") return Name{std::string(value), exact};
    if (type == "url") return Name{host_of(value), exact};
    return std::nullopt;
}

std::string note_of(const Json& attribute) {
    nlohmann::ordered_json note;
    const auto put = [&note](const char* key, std::string text) {
        if (!text.empty()) note[key] = std::move(text);
    };
    put("event_id", text_at(attribute, "event_id"));
    if (const auto event = attribute.find("Event"); event != attribute.end() && event->is_object())
        put("event_info", text_at(*event, "info"));
    put("type", text_at(attribute, "type"));
    put("comment", text_at(attribute, "comment"));
    if (const auto tags = attribute.find("Tag"); tags != attribute.end() && tags->is_array())
        for (const Json& tag : *tags)
            if (std::string name = tag.is_object() ? text_at(tag, "name") : std::string();
                !name.empty() && note["tags"].size() < most_tags)
                note["tags"].push_back(std::move(name));
    return note.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

void change_by(const Json& attribute, EntryChanges& changes) {
    const auto value = attribute.find("value");
    const bool has_value = value != attribute.end() && value->is_string();
    std::string key = text_at(attribute, "uuid");
    if (key.empty()) key = text_at(attribute, "id");
    if (key.empty() && has_value) key = cut_utf8(value->get_ref<const std::string&>(), longest_text);
    const bool counts = is_set(attribute, "to_ids", true) && !is_set(attribute, "deleted", false);
    const auto name = counts && has_value
                          ? name_of(text_at(attribute, "type"), value->get_ref<const std::string&>())
                          : std::nullopt;
    if (!name || !changes.put({key, name->text, name->listing, {}, note_of(attribute)})) changes.remove(key);
}

}  // namespace

std::string misp_request(const MispQuestion& question, std::size_t page) {
    nlohmann::ordered_json body{
        {"returnFormat", "json"}, {"type", {"domain", "hostname", "domain|ip", "url"}},
        {"published", true},      {"enforceWarninglist", true},
        {"excludeDecayed", true}, {"includeEventTags", true},
        {"page", page},           {"limit", misp_page_size}};
    if (question.changed_by.empty()) {
        body["to_ids"] = true;
        body["deleted"] = false;
    } else {
        body["deleted"] = {0, 1};  // with and without; MISP/MISP#9437
        body[std::string(question.changed_by)] = std::to_string(question.since.time_since_epoch().count());
    }
    return body.dump();
}

result<MispPage> read_misp(std::string_view body, EntryChanges& changes) {
    const Json whole = Json::parse(body, sieve, false);
    if (whole.is_discarded()) return errc::table_not_json;
    const auto response = whole.is_object() ? whole.find("response") : whole.end();
    if (!whole.is_object() || response == whole.end()) return errc::table_wrong_shape;
    if (response->is_array() && response->empty()) return MispPage{};  // nothing found, in older versions
    const auto attributes = response->is_object() ? response->find("Attribute") : response->end();
    if (!response->is_object() || attributes == response->end() || !attributes->is_array())
        return errc::table_wrong_shape;
    MispPage page;
    for (const Json& attribute : *attributes) {
        if (!attribute.is_object()) return errc::table_wrong_shape;
        ++page.attributes;
        const std::size_t before = changes.size();
        change_by(attribute, changes);
        page.fresh += changes.size() - before;
    }
    return page;
}

}  // namespace enrichd
