#include "model/json_fields.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/utf8.hpp"

namespace enrichd {

using nlohmann::json;

namespace {

/// Nothing of a member that is not wanted is kept, however much it is; but deeper than this nobody writes.
constexpr int deepest = 512;

/// Chooses what is kept while a body is read.
class Sieve {
  public:
    explicit Sieve(const JsonBounds& bounds) : bounds_(bounds) {}

    bool operator()(int depth, json::parse_event_t event, json& parsed) {
        switch (event) {
            case json::parse_event_t::key:
                if (unwanted_ && depth > *unwanted_) return false;
                unwanted_.reset();
                if (!bounds_.wanted || bounds_.wanted(parsed.get_ref<const std::string&>(), depth))
                    return true;
                unwanted_ = depth;
                return false;
            case json::parse_event_t::value:
            case json::parse_event_t::object_start:
            case json::parse_event_t::array_start:
                return keeps(depth);
            default:
                return true;
        }
    }
    bool too_deep() const { return too_deep_; }
    bool too_many() const { return kept_ > bounds_.values; }

  private:
    bool keeps(int depth) {
        if (unwanted_ && depth < *unwanted_) unwanted_.reset();
        too_deep_ = too_deep_ || depth > (unwanted_ ? deepest : bounds_.depth);
        return !unwanted_ && !too_deep_ && ++kept_ <= bounds_.values;
    }

    const JsonBounds& bounds_;
    std::optional<int> unwanted_;  // the depth of the present member, when it is not wanted
    bool too_deep_ = false;
    std::size_t kept_ = 0;
};

/// Python writes numbers that are none, and reads them. As null they harm nobody.
std::string without_nan(std::string_view body) {
    std::string out;
    out.reserve(body.size());
    bool in_text = false;
    for (std::size_t at = 0; at < body.size();) {
        std::size_t length = 1;
        std::string_view instead = body.substr(at, 1);
        if (in_text && body[at] == '\\') {
            length = 2;
            instead = body.substr(at, 2);
        } else if (body[at] == '"') {
            in_text = !in_text;
        } else if (!in_text) {
            for (const std::string_view word : {"NaN", "-Infinity", "Infinity"})
                if (body.substr(at).starts_with(word)) {
                    length = word.size();
                    instead = "null";
                }
        }
        out.append(instead);
        at += length;
    }
    return out;
}

}  // namespace

error parse_json(std::string_view body, const JsonBounds& bounds, json& out) {
    if (!valid_utf8(body)) return parse_json(repaired_utf8(body), bounds, out);
    if (body.find('\0') != std::string_view::npos) return errc::body_not_json;  // the parser stops there

    Sieve sieve(bounds);
    out = json::parse(body, std::ref(sieve), false);
    if (sieve.too_deep()) return errc::body_not_json;
    if (sieve.too_many()) return errc::body_too_large;
    if (!out.is_discarded()) return {};
    const std::string repaired = without_nan(repaired_escapes(body));
    if (repaired == body) return errc::body_not_json;
    return parse_json(repaired, bounds, out);
}

std::string text_of(const json& value, std::size_t most) {
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(cut_utf8(value.get_ref<const std::string&>(), most));
    return std::string(cut_utf8(value.dump(-1, ' ', true), most));
}

std::string text_at(const json& object, const char* key, std::size_t most) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found == object.end() ? std::string() : text_of(*found, most);
}

const json& list_at(const json& object, const char* key) {
    static const json none = json::array();
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() || !found->is_array() ? none : *found;
}

}  // namespace enrichd
