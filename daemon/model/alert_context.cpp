#include "model/alert_context.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "model/json_text.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, context_field_count> field_names{
    "rule", "level", "time", "process", "user", "query_status", "answers", "client"};

/// Longer ones are no level of a rule.
constexpr std::size_t level_digits = 4;

/// What is left of texts when all of them are too long.
constexpr std::size_t short_text = 128;

bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Cut to `most` bytes, without blanks at the new end.
std::string_view cut(std::string_view text, std::size_t most) {
    return without_blanks(cut_utf8(text, most));
}

bool no_value(std::string_view text) {
    constexpr std::size_t longest = 7;
    return text.size() <= longest &&
           (text.empty() || text == "-" || text == "N/A" || text == "(empty)" || text == "(NULL)");
}

/// The IPv4 address of "::ffff:192.0.2.1", as Windows writes it; anything else as it is.
std::string_view without_mapping(std::string_view text) {
    constexpr std::string_view mapped = "::ffff:";
    if (text.size() <= mapped.size() || text.front() != ':') return text;
    const bool same = std::equal(mapped.begin(), mapped.end(), text.begin(),
                                 [](char a, char b) { return a == (b == 'F' ? 'f' : b); });
    const std::string_view rest = text.substr(mapped.size());
    return same && rest.find_first_not_of("0123456789.") == std::string_view::npos ? rest : text;
}

/// The name of "type:  5 x.example.com", as Sysmon writes what is no address.
std::string_view without_type(std::string_view text) {
    constexpr std::string_view type = "type:";
    if (!text.starts_with(type)) return text;
    text = without_blanks(text.substr(type.size()));
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return without_blanks(text.substr(digits));
}

/// Whether each backslash is one of a pair, or in front of a quote.
bool all_escaped(std::string_view text) {
    for (std::size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at + 2))
        if (at + 1 == text.size() || (text[at + 1] != '\\' && text[at + 1] != '"')) return false;
    return true;
}

bool whole_number(std::string_view text) {
    return !text.empty() && text.size() <= level_digits &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

void cut_texts(Json& context, std::size_t most) {
    for (auto& [name, value] : context.items())
        if (value.is_string()) value = std::string(cut_utf8(value.get_ref<const std::string&>(), most));
}

}  // namespace

std::string_view name_of(ContextField field) {
    return field_names[static_cast<std::size_t>(field)];
}

void ContextTexts::add(const Wanted& wanted, std::string_view text) {
    const bool list = wanted.field == ContextField::answers;
    if (!list || !wanted.escaped_twice) {
        add_one(wanted, text);
        return;
    }
    while (!text.empty()) {  // Windows has all answers in one text
        const std::string_view one = text.substr(0, text.find(';'));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        add_one(wanted, without_type(without_blanks(one)));
    }
}

void ContextTexts::add_one(const Wanted& wanted, std::string_view text) {
    Texts& texts = texts_[index(wanted.field, wanted.group)];
    const bool list = wanted.field == ContextField::answers;
    const bool more = list && texts.preference == wanted.preference && texts.count < max_answers;
    if (!more && texts.preference <= wanted.preference) return;
    text = without_blanks(text);
    if (no_value(text) || (wanted.field == ContextField::level && !whole_number(text))) return;
    if (list || wanted.field == ContextField::client) text = without_mapping(text);
    const bool unescape =
        wanted.escaped_twice && text.find('\\') != std::string_view::npos && all_escaped(text);

    Place& to = place(wanted.field, wanted.group, more ? texts.count : 0);
    std::size_t size = 0;
    if (unescape) {
        for (std::size_t at = 0; at < text.size() && size < to.bytes.size(); ++at) {
            if (text[at] == '\\') ++at;
            to.bytes[size++] = text[at];
        }
    } else {
        size = text.copy(to.bytes.data(), to.bytes.size());
    }
    to.size = size > max_text ? cut({to.bytes.data(), size}, max_text).size() : size;
    texts = {wanted.preference, more ? texts.count + 1 : 1};
}

std::string ContextTexts::json(unsigned counts) const {
    Groups chosen{};
    bool any = false;
    for (std::size_t field = 0; field < context_field_count; ++field) {
        chosen[field] = groups;
        std::size_t best = static_cast<std::size_t>(-1);
        for (std::size_t group = 0; group < groups; ++group) {
            const Texts& texts = texts_[index(static_cast<ContextField>(field), group)];
            if ((counts & (1U << group)) == 0 || texts.preference >= best) continue;
            best = texts.preference;
            chosen[field] = group;
            any = true;
        }
    }
    if (!any) return {};
    static constexpr std::array<Limits, 6> limits{{{max_answers, max_text},
                                                   {6, max_text},
                                                   {4, max_text},
                                                   {2, max_text},
                                                   {0, max_text},
                                                   {0, short_text}}};
    std::string out;
    for (const Limits& limit : limits) {
        out = written(chosen, limit);
        if (out.size() <= max_context_bytes) break;
    }
    return out;
}

std::string ContextTexts::written(const Groups& chosen, const Limits& limits) const {
    constexpr std::size_t keys = 128;  // of all fields, with what stands around them
    constexpr std::size_t around = 8;  // of a text: quotes, a comma, some escapes
    std::size_t size = keys;
    for (std::size_t i = 0; i < context_field_count; ++i) {
        const auto field = static_cast<ContextField>(i);
        if (chosen[i] == groups) continue;
        for (std::size_t number = 0; number < texts_[index(field, chosen[i])].count; ++number)
            size += place(field, chosen[i], number).size + around;
    }
    std::string out;
    out.reserve(size);
    out.push_back('{');
    for (std::size_t i = 0; i < context_field_count; ++i)
        if (chosen[i] != groups) append(out, static_cast<ContextField>(i), chosen[i], limits);
    out.push_back('}');
    return out;
}

void ContextTexts::append(std::string& out, ContextField field, std::size_t group,
                          const Limits& limits) const {
    const bool list = field == ContextField::answers;
    if (list && limits.answers == 0) return;
    if (out.back() != '{') out.push_back(',');
    out.append("\"").append(name_of(field)).append(list ? "\":[" : "\":");
    if (field == ContextField::level) {
        int number = 0;
        const std::string_view digits = place(field, group, 0).text();
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
        out.append(std::to_string(number));
        return;
    }
    const std::size_t count = std::min(texts_[index(field, group)].count, list ? limits.answers : 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out.push_back(',');
        const std::string_view text = place(field, group, i).text();
        append_json(out, text.size() > limits.text ? cut(text, limits.text) : text);
    }
    if (list) out.push_back(']');
}

std::string sound_context(const std::string& context) {
    if (context.empty() || context.size() > max_context_bytes || context.find('\0') != std::string::npos)
        return {};
    const Json read = Json::parse(context, nullptr, false);
    if (!read.is_object()) return {};
    ContextTexts texts;
    for (std::size_t field = 0; field < context_field_count; ++field) {
        const auto found = read.find(field_names[field]);
        if (found == read.end()) continue;
        const ContextTexts::Wanted wanted{static_cast<ContextField>(field)};
        const bool list = wanted.field == ContextField::answers;
        if (found->is_string() && !list) texts.add(wanted, found->get_ref<const std::string&>());
        if (found->is_number_unsigned() && wanted.field == ContextField::level)
            texts.add(wanted, std::to_string(found->get<std::uint64_t>()));
        if (!found->is_array() || !list) continue;
        for (const Json& one : *found)
            if (one.is_string()) texts.add(wanted, one.get_ref<const std::string&>());
    }
    return texts.json(1);
}

bool shorten_context(std::string& context) {
    Json whole = Json::parse(context, nullptr, false);
    if (!whole.is_object()) return false;
    const bool has_answers = whole.contains("answers") && whole["answers"].is_array();
    if (has_answers && whole["answers"].size() > 1)
        whole["answers"].erase(whole["answers"].size() - 1);
    else if (has_answers)
        whole.erase("answers");
    else
        cut_texts(whole, short_text);
    const std::string shorter = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shorter.size() >= context.size()) return false;
    context = whole.empty() ? std::string() : shorter;
    return true;
}

}  // namespace enrichd
