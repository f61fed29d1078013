#include "stages/lists/misp_format.hpp"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.hpp"
#include "stages/lists/line_formats.hpp"

namespace enrichd {
namespace {

constexpr std::size_t longest_text = 200;
constexpr std::size_t most_tags = 10;

/// What is read of an attribute. Values are texts: MISP writes numbers and booleans in either way.
struct Attribute {
    std::string uuid{};
    std::string id{};
    std::string event_id{};
    std::string event_info{};
    std::string type{};
    std::string value{};
    std::string comment{};
    std::string to_ids = "1";
    std::string deleted = "0";
    std::vector<std::string> tags{};
};

bool is_set(const std::string& text) {
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

std::string note_of(const Attribute& attribute) {
    nlohmann::ordered_json note;
    const auto put = [&note](const char* key, const std::string& text) {
        if (!text.empty()) note[key] = cut_utf8(text, longest_text);
    };
    put("event_id", attribute.event_id);
    put("event_info", attribute.event_info);
    put("type", attribute.type);
    put("comment", attribute.comment);
    if (!attribute.tags.empty()) note["tags"] = attribute.tags;
    return note.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

void change_by(const Attribute& attribute, EntryChanges& changes) {
    std::string_view key = attribute.uuid;
    if (key.empty()) key = attribute.id;
    if (key.empty()) key = attribute.value;
    const bool counts = is_set(attribute.to_ids) && !is_set(attribute.deleted);
    const auto name = counts ? name_of(attribute.type, attribute.value) : std::nullopt;
    if (!name || !changes.put({key, name->text, name->listing, {}, note_of(attribute)}))
        changes.remove(key.substr(0, EntryChanges::longest_key));
}

/// {"response":{"Attribute":[{…,"Event":{…},"Tag":[{…}]}]}}, without a document in memory: a hostile one
/// may have millions of members.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit Reader(EntryChanges& changes) : changes_(changes) {}

    bool null() override { return scalar(std::nullopt); }
    bool boolean(bool value) override { return scalar(value ? "1" : "0"); }
    bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
    bool number_float(number_float_t, const string_t&) override { return scalar(std::nullopt); }
    bool binary(binary_t&) override { return true; }
    bool string(string_t& text) override { return scalar(std::move(text)); }
    bool key(string_t& key) override {
        keys_[depth_] = std::move(key);
        return true;
    }
    bool start_object(std::size_t) override {
        if (!enter()) return false;
        if (depth_ == of_attribute && in_attributes()) attribute_ = {};
        return depth_ != of_list || !in_attributes();  // in place of the list
    }
    bool end_object() override {
        if (depth_-- == of_attribute && in_attributes()) return take();
        return true;
    }
    bool start_array(std::size_t) override {
        if (!enter()) return false;
        const bool nothing_found = depth_ == 2 && keys_[1] == "response";  // [], in older versions
        has_list_ = has_list_ || nothing_found || (depth_ == of_list && in_attributes());
        return depth_ > 1 && (depth_ != of_attribute || !in_attributes());
    }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        damaged_ = true;
        return false;
    }

    error failure(bool good) const {
        if (changes_.full()) return errc::list_too_large;
        if (damaged_) return errc::table_not_json;
        return good && has_list_ ? error() : make_error_code(errc::table_wrong_shape);
    }
    MispPage page{};

  private:
    static constexpr std::size_t of_list = 3;
    static constexpr std::size_t of_attribute = 4;
    static constexpr std::size_t deepest = 16;

    bool enter() {
        if (++depth_ >= deepest) return false;
        keys_[depth_].clear();
        return true;
    }
    bool in_attributes() const { return keys_[1] == "response" && keys_[2] == "Attribute"; }

    bool scalar(std::optional<std::string> value) {
        if (depth_ == of_list && in_attributes()) return false;
        if (depth_ == 2 && in_attributes()) return false;
        if (!value || depth_ < of_attribute || !in_attributes()) return true;
        if (depth_ == of_attribute)
            member(*std::move(value));
        else if (depth_ == of_attribute + 1 && keys_[of_attribute] == "Event" && keys_[depth_] == "info")
            attribute_.event_info = *std::move(value);
        else if (depth_ == of_attribute + 2 && keys_[of_attribute] == "Tag" && keys_[depth_] == "name" &&
                 attribute_.tags.size() < most_tags && !value->empty())
            attribute_.tags.emplace_back(cut_utf8(*value, longest_text));
        return true;
    }
    void member(std::string value) {
        const std::string& key = keys_[of_attribute];
        for (const auto& [name, text] :
             {std::pair{"uuid", &attribute_.uuid}, std::pair{"id", &attribute_.id},
              std::pair{"event_id", &attribute_.event_id}, std::pair{"type", &attribute_.type},
              std::pair{"value", &attribute_.value}, std::pair{"comment", &attribute_.comment},
              std::pair{"to_ids", &attribute_.to_ids}, std::pair{"deleted", &attribute_.deleted}})
            if (key == name) {
                *text = std::move(value);
                return;
            }
    }
    bool take() {
        ++page.attributes;
        const std::size_t before = changes_.size();
        change_by(attribute_, changes_);
        page.fresh += changes_.size() - before;
        return !changes_.full();
    }

    EntryChanges& changes_;
    Attribute attribute_;
    std::array<std::string, deepest + 1> keys_;  // the last one at each depth
    std::size_t depth_ = 0;
    bool has_list_ = false;
    bool damaged_ = false;
};

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
    // A comment that somebody pasted may hold what is no text.
    const std::string text = repaired_escapes(repaired_utf8(body));
    Reader reader(changes);
    const bool good = nlohmann::json::sax_parse(text, &reader);
    if (const error failure = reader.failure(good)) return failure;
    return reader.page;
}

}  // namespace enrichd
