#include "support/wazuh_rules.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <regex>
#include <stdexcept>

namespace enrichd::test {
namespace {

using Json = nlohmann::json;

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

bool is_of_class(char name, char c) {
    const auto u = static_cast<unsigned char>(c);
    switch (name) {
        case 'w':
            return (u < 0x80 && std::isalnum(u)) || std::strchr("-@_", c) != nullptr;
        case 'd':
            return u < 0x80 && std::isdigit(u);
        case 's':
            return c == ' ';
        case 't':
            return c == '\t';
        case 'p':
            return std::strchr("()*+,-.:;<=>?[]!\"'#$%&|{}", c) != nullptr;
        case 'W':
            return !is_of_class('w', c);
        case 'D':
            return !is_of_class('d', c);
        case 'S':
            return !is_of_class('s', c);
        default:
            return true;  // '.'
    }
}

struct Piece {
    char name;     // of a class, or the literal
    bool literal;  // an escaped one too
    char repeats;  // '+', '*' or 0
    bool takes(char c) const { return literal ? name == c : is_of_class(name, c); }
};

bool both_take_one(const Piece& a, const Piece& b) {
    for (int c = 1; c < 256; ++c)
        if (a.takes(static_cast<char>(c)) && b.takes(static_cast<char>(c))) return true;
    return false;
}

struct Alternative {
    std::vector<Piece> pieces{};
    bool from_begin = false;
    bool to_end = false;
};

[[noreturn]] void refuse(const std::string& pattern, const char* why) {
    throw std::invalid_argument("'" + pattern + "': " + why);
}

std::vector<Alternative> compiled(const std::string& pattern) {
    std::vector<Alternative> out(1);
    bool begun = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        const bool last = i + 1 == pattern.size() || pattern[i + 1] == '|';
        if (c == '|') {
            out.emplace_back();
            begun = false;
            continue;
        }
        if (c == '^' && !begun) {
            out.back().from_begin = true;
        } else if (c == '$' && last) {
            out.back().to_end = true;
        } else if (c == '\\') {
            if (++i == pattern.size()) refuse(pattern, "ends in a backslash");
            const bool literal = std::strchr("$()\\|<", pattern[i]) != nullptr;
            if (!literal && std::strchr("wdstpWDS.", pattern[i]) == nullptr)
                refuse(pattern, "a backslash expression that Wazuh does not know");
            const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
            const bool many = !literal && (next == '+' || next == '*');
            out.back().pieces.push_back({pattern[i], literal, many ? next : '\0'});
            if (many) ++i;
        } else if (std::strchr("()$^+*?[]{}", c) != nullptr) {
            refuse(pattern, "has a character that means something else in Wazuh's default regex");
        } else {
            out.back().pieces.push_back({lower(std::string(1, c))[0], true, '\0'});
        }
        begun = true;
    }
    for (const Alternative& one : out)
        for (std::size_t i = 0; i + 1 < one.pieces.size(); ++i)
            if (one.pieces[i].repeats != 0 && both_take_one(one.pieces[i], one.pieces[i + 1]))
                refuse(pattern, "needs backtracking");
    return out;
}

bool fits_at(const Alternative& one, const std::string& text, std::size_t at) {
    for (const Piece& piece : one.pieces) {
        std::size_t count = 0;
        while (at < text.size() && piece.takes(text[at]) && (count == 0 || piece.repeats != 0)) {
            ++at;
            ++count;
        }
        if (count == 0 && piece.repeats != '*') return false;
    }
    return !one.to_end || at == text.size();
}

std::string as_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string out;
    for (const Json& one : value) out.append(out.empty() ? "" : ", ").append(one.dump());
    return "[" + out + "]";
}

/// Members of members become one with a dotted name; empty texts are no fields.
void flatten(const Json& object, const std::string& before, Json& out) {
    for (const auto& [key, value] : object.items()) {
        if (value.is_object())
            flatten(value, before + key + ".", out);
        else if (!as_text(value).empty())
            out[before + key] = as_text(value);
    }
}

std::string filled_in(const std::string& description, const Json& fields) {
    static const std::regex place(R"(\$\(([^)]*)\))");
    std::string out;
    auto from = description.cbegin();
    for (std::sregex_iterator at(description.begin(), description.end(), place), end; at != end; ++at) {
        out.append(from, (*at)[0].first).append(fields.value((*at)[1].str(), ""));
        from = (*at)[0].second;
    }
    return out.append(from, description.cend());
}

bool pattern_fits(const std::string& type, const std::string& pattern, const std::string& text) {
    if (type.empty() || type == "osregex") return os_regex(pattern, text);
    if (type == "string") return pattern == text;
    if (type == "osmatch") return os_match(pattern, text);
    if (type == "pcre2") return pcre2(pattern, text);
    throw std::invalid_argument("type '" + type + "'");
}

/// What a rule is made of, as far as we use it; of each the type of pattern that it has when none is said.
const std::map<std::string, std::string> known_parts{
    {"decoded_as", ""},   {"description", ""},  {"if_sid", ""},      {"if_group", ""},
    {"field", "osregex"}, {"mitre", ""},        {"options", ""},     {"group", ""},
    {"match", "osmatch"}, {"regex", "osregex"}, {"action", "string"}};

std::vector<std::string> ids_in(const std::string& list) {
    static const std::regex id(R"([0-9]+)");
    return {std::sregex_token_iterator(list.begin(), list.end(), id), {}};
}

}  // namespace

bool os_regex(const std::string& pattern, const std::string& text) {
    const std::string folded = lower(text);
    const auto alternatives = compiled(pattern);
    return std::any_of(alternatives.begin(), alternatives.end(), [&](const Alternative& one) {
        for (std::size_t at = 0; at <= (one.from_begin ? 0 : folded.size()); ++at)
            if (fits_at(one, folded, at)) return true;
        return false;
    });
}

bool os_match(const std::string& pattern, const std::string& text) {
    const std::string folded = lower(text);
    const std::string whole = lower(pattern);
    for (std::size_t from = 0; from <= whole.size();) {
        const std::size_t end = std::min(whole.find('|', from), whole.size());
        std::string one = whole.substr(from, end - from);
        from = end + 1;
        const bool at_begin = one.starts_with('^');
        if (at_begin) one.erase(0, 1);
        const bool at_end = one.ends_with('$');
        if (at_end) one.pop_back();
        const bool fits = at_begin && at_end ? folded == one
                          : at_begin         ? folded.starts_with(one)
                          : at_end           ? folded.ends_with(one)
                                             : folded.find(one) != std::string::npos;
        if (fits) return true;
    }
    return false;
}

bool pcre2(const std::string& pattern, const std::string& text) {
    const bool any_case = pattern.starts_with("(?i)");
    const auto flags = any_case ? std::regex::ECMAScript | std::regex::icase : std::regex::ECMAScript;
    return std::regex_search(text, std::regex(pattern.substr(any_case ? 4 : 0), flags));
}

void WazuhRules::load(const std::string& xml) {
    pugi::xml_document document;
    if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_fragment))
        throw std::invalid_argument("no XML");
    for (const pugi::xml_node& group : document.children("group"))
        for (const pugi::xml_node& node : group.children("rule")) {
            Rule rule{node.attribute("id").value(),
                      node.attribute("level").as_int(),
                      {},
                      {},
                      group.attribute("name").value(),
                      {},
                      {},
                      {}};
            for (const pugi::xml_node& part : node.children()) {
                const std::string name = part.name();
                if (!known_parts.contains(name)) throw std::invalid_argument("<" + name + ">");
                if (name == "decoded_as") rule.decoder = part.child_value();
                if (name == "description") rule.description = part.child_value();
                if (name == "group") rule.groups += part.child_value();
                if (name == "if_sid") rule.parents = ids_in(part.child_value());
                if (name == "if_group") rule.parent_groups.emplace_back(part.child_value());
                if (known_parts.at(name).empty()) continue;
                const std::string type = part.attribute("type").value();
                rule.conditions.push_back({name == "field"    ? part.attribute("name").value()
                                           : name == "action" ? "action"
                                                              : "full_log",
                                           type.empty() ? known_parts.at(name) : type, part.child_value(),
                                           std::strcmp(part.attribute("negate").value(), "yes") == 0});
            }
            for (const Rule& other : rules_)
                if (other.id == rule.id) throw std::invalid_argument("id " + rule.id + " twice");
            if (rule.id.empty() || rule.description.empty()) throw std::invalid_argument("no description");
            rules_.push_back(rule);
            attach(rules_.size() - 1);
        }
}

void WazuhRules::attach(std::size_t fresh) {
    const Rule rule = rules_[fresh];
    if (rule.parents.empty() && rule.parent_groups.empty()) put_in_order(roots_, fresh);
    for (const std::string& id : rule.parents) {
        if (id == "61650") continue;  // of the stock rules
        const auto found =
            std::find_if(rules_.begin(), rules_.end(), [&](const Rule& r) { return r.id == id; });
        if (found == rules_.end()) throw std::invalid_argument("no rule " + id);
        put_in_order(found->children, fresh);
    }
    for (const std::string& group : rule.parent_groups) {
        bool any = false;
        for (std::size_t i = 0; i < fresh; ++i) {
            if (rules_[i].groups.find(group) == std::string::npos) continue;
            put_in_order(rules_[i].children, fresh);
            any = true;
        }
        if (!any) throw std::invalid_argument("no rule of group " + group);
    }
}

/// Level 0 is tried before all others, then the higher one, then the first of the file.
void WazuhRules::put_in_order(std::vector<std::size_t>& list, std::size_t fresh) const {
    const auto rank = [&](std::size_t rule) { return rules_[rule].level == 0 ? 99 : rules_[rule].level; };
    list.insert(
        std::find_if(list.begin(), list.end(), [&](std::size_t there) { return rank(there) < rank(fresh); }),
        fresh);
}

struct WazuhRules::Event {
    Json fields = Json::object();
    std::string decoder;
};

bool WazuhRules::fits(const Rule& rule, const Event& event) const {
    if (!rule.decoder.empty() && rule.decoder != event.decoder) return false;
    return std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const Condition& one) {
        const auto field = event.fields.find(one.field);
        return field != event.fields.end() &&
               pattern_fits(one.type, one.pattern, field->get<std::string>()) != one.negated;
    });
}

const WazuhRules::Rule* WazuhRules::first_of(const std::vector<std::size_t>& rules,
                                             const Event& event) const {
    for (const std::size_t index : rules) {
        const Rule& rule = rules_[index];
        if (!fits(rule, event)) continue;
        const Rule* child = first_of(rule.children, event);
        return child ? child : &rule;
    }
    return nullptr;
}

Fired WazuhRules::fire(const Json& json, const std::string& decoder) const {
    Event event{Json::object(), decoder};
    flatten(json, "", event.fields);
    const Rule* rule = first_of(roots_, event);
    if (!rule) return {};
    return {rule->id, rule->level, filled_in(rule->description, event.fields)};
}

std::vector<std::string> WazuhRules::ids() const {
    std::vector<std::string> out;
    for (const Rule& rule : rules_) out.push_back(rule.id);
    return out;
}

}  // namespace enrichd::test
