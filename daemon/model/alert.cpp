#include "model/alert.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

using nlohmann::json;
using Path = std::vector<std::string>;

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_id = 64;
constexpr std::size_t max_agent_field = 255;
constexpr std::size_t max_list = 16;
constexpr std::size_t max_query = 1024;  // longer than any name; HostName refuses it

enum Fixed : std::size_t {
    id,
    agent_id,
    agent_name,
    agent_ip,
    integration,
    alert_count,
    category = alert_count,
    command,
    response_count
};

/// Where the texts of Fixed stand, in its order.
std::span<const Path> of_alert() {
    static const std::array<Path, alert_count> paths{Path{"id"}, Path{"agent", "id"}, Path{"agent", "name"},
                                                     Path{"agent", "ip"}, Path{"data", "integration"}};
    return paths;
}

Path within_response(const Path& path) {
    Path out{"parameters", "alert"};
    out.insert(out.end(), path.begin(), path.end());
    return out;
}

std::span<const Path> of_response() {
    static const std::vector<Path> paths = [] {
        std::vector<Path> out;
        for (const Path& path : of_alert()) out.push_back(within_response(path));
        out.push_back(within_response({"data", "dnsstat", "category"}));
        out.push_back({"command"});
        return out;
    }();
    return paths;
}

const Path& response_alerts() {
    static const Path path = within_response({"data", "dnsstat", "alerts"});
    return path;
}

/// Walks the alert once and keeps the texts at the wanted paths, without building the rest.
class Reader final : public nlohmann::json_sax<json> {
  public:
    /// `list` is where a list of texts stands that is wanted too, or null.
    Reader(const AlertFields& fields, std::span<const Path> fixed, const Path* list)
        : fields_(fields), fixed_paths_(fixed), list_path_(list), names_(fields.paths().size()) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool string(string_t& text) override {
        for (std::size_t i = 0; i < fixed_paths_.size(); ++i)
            if (here(fixed_paths_[i])) fixed_[i] = text;
        if (list_path_ && in_list() && list_.size() < max_list) list_.push_back(text);
        for (std::size_t i = 0; i < names_.size(); ++i)
            if (here(fields_.paths()[i])) names_[i] = cut_utf8(text, max_query);
        return !path_.empty();  // the alert itself must be an object
    }
    bool start_object(std::size_t) override {
        note_other_type();
        return enter();
    }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override {
        if (path_.empty()) return false;
        note_other_type();
        ++arrays_;
        return enter();
    }
    bool end_array() override {
        --arrays_;
        return leave();
    }
    bool key(string_t& name) override {
        path_.back() = name;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

    bool too_deep() const { return too_deep_; }
    bool odd_name() const { return odd_name_; }
    std::string_view fixed(Fixed which) const { return fixed_[which]; }
    const std::vector<std::string>& list() const { return list_; }
    const std::optional<std::string>* name() const {
        const auto found =
            std::find_if(names_.begin(), names_.end(), [](const auto& text) { return text.has_value(); });
        return found == names_.end() ? nullptr : &*found;
    }

  private:
    bool here(const Path& path) const {
        return arrays_ == 0 && path.size() == path_.size() && path.back() == path_.back() &&
               std::equal(path.begin(), path.end(), path_.begin());
    }
    bool in_list() const {
        return arrays_ == 1 && path_.size() == list_path_->size() + 1 &&
               std::equal(list_path_->begin(), list_path_->end(), path_.begin());
    }
    void note_other_type() {
        for (const Path& path : fields_.paths())
            if (here(path)) odd_name_ = true;
    }
    bool value() {
        note_other_type();
        return !path_.empty();
    }
    bool enter() {
        too_deep_ = path_.size() >= max_depth;
        path_.emplace_back();
        return !too_deep_;
    }
    bool leave() {
        path_.pop_back();
        return true;
    }

    const AlertFields& fields_;
    std::span<const Path> fixed_paths_;
    const Path* list_path_;
    Path path_;               // the key at each open level; of no meaning inside arrays
    std::size_t arrays_ = 0;  // how many of the open levels are arrays
    bool too_deep_ = false;
    bool odd_name_ = false;
    std::array<std::string, response_count> fixed_;
    std::vector<std::string> list_;
    std::vector<std::optional<std::string>> names_;
};

std::string unescaped(std::string_view token) {
    std::string key;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1'))
            key.push_back(token[++i] == '0' ? '~' : '/');
        else
            key.push_back(token[i]);
    }
    return key;
}

error why_unread(const Reader& reader) {
    return reader.too_deep() ? errc::alert_too_deep : errc::alert_not_json;
}

result<Alert> to_alert(const Reader& reader) {
    if (reader.fixed(integration) == "otx") return errc::own_event;
    if (!reader.name()) return reader.odd_name() ? errc::name_not_text : errc::name_missing;
    Alert alert;
    alert.id = cut_utf8(reader.fixed(id), max_id);
    alert.agent.id = cut_utf8(reader.fixed(agent_id), max_agent_field);
    alert.agent.name = cut_utf8(reader.fixed(agent_name), max_agent_field);
    alert.agent.ip = cut_utf8(reader.fixed(agent_ip), max_agent_field);
    alert.query = **reader.name();
    return alert;
}

}  // namespace

const std::vector<std::string>& AlertFields::default_pointers() {
    static const std::vector<std::string> pointers{"/data/win/eventdata/queryName", "/data/dnsstat/query",
                                                   "/data/dns/rrname"};
    return pointers;
}

AlertFields::AlertFields() : AlertFields(default_pointers()) {}

AlertFields::AlertFields(const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) {
        Path path;
        for (std::size_t at = 0; at < pointer.size();) {
            const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
            path.push_back(unescaped(std::string_view(pointer).substr(at + 1, end - at - 1)));
            at = end;
        }
        paths_.push_back(std::move(path));
    }
}

bool AlertFields::valid(std::string_view pointer) {
    return pointer.size() > 1 && pointer.front() == '/';
}

AlertFields AlertFields::within_active_response() const {
    AlertFields out{std::vector<std::string>{"/parameters/alert/data/dnsstat/query"}};
    for (const Path& path : paths_) out.paths_.push_back(within_response(path));
    return out;
}

result<Alert> decode_alert(std::string_view text, const AlertFields& fields) {
    if (!valid_utf8(text)) return decode_alert(repaired_utf8(text), fields);

    Reader reader(fields, of_alert(), nullptr);
    if (!json::sax_parse(text, &reader)) return why_unread(reader);
    if (reader.fixed(integration) == "dnsstat") return errc::own_event;
    return to_alert(reader);
}

result<ActiveResponse> decode_active_response(std::string_view text, const AlertFields& fields) {
    if (!valid_utf8(text)) return decode_active_response(repaired_utf8(text), fields);

    Reader reader(fields, of_response(), &response_alerts());
    if (!json::sax_parse(text, &reader)) return why_unread(reader);
    if (reader.fixed(command) != "add") return errc::other_command;
    auto alert = to_alert(reader);
    if (!alert) return alert.error();
    return ActiveResponse{*std::move(alert), suspicion_of(reader.fixed(category), reader.list())};
}

}  // namespace enrichd
