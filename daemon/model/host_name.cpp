#include "model/host_name.hpp"

#include <arpa/inet.h>
#include <libpsl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "model/name_text.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

const psl_ctx_t* suffixes() {
    // The distribution's list when it is newer than the one libpsl was built with. Never freed: lives as long
    // as the process.
    static const psl_ctx_t* const list = psl_latest(nullptr);
    return list;
}

/// Whether a rule of the list says so. libpsl takes any single label for a suffix otherwise.
bool listed(const std::string& suffix, int section = PSL_TYPE_ANY) {
    return psl_is_public_suffix2(suffixes(), suffix.c_str(), section | PSL_TYPE_NO_STAR_RULE) != 0;
}

/// A few top-level domains have no rule of their own, only rules below them: "za".
bool listed_below(const std::string& top_level) {
    static constexpr std::array<const char*, 4> usual{"co.", "com.", "gov.", "org."};
    return std::any_of(usual.begin(), usual.end(),
                       [&](const char* label) { return listed(label + top_level); });
}

void to_lower(std::string& text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
}

bool domain_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::size_t longest_label(std::string_view name) {
    std::size_t longest = 0;
    std::size_t length = 0;
    for (const char c : name) {
        length = c == '.' ? 0 : length + 1;
        longest = std::max(longest, length);
    }
    return longest;
}

bool empty_label(std::string_view name) {
    return name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos;
}

errc bad_label(std::string_view text) {
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return ascii ? errc::name_bad_character : errc::name_bad_idn;
}

/// "7", "0x7f"
bool number(std::string_view label) {
    const bool hexadecimal = label.starts_with("0x");
    if (hexadecimal) label.remove_prefix(2);
    const std::string_view digits = hexadecimal ? "0123456789abcdef" : "0123456789";
    return (hexadecimal || !label.empty()) && label.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace

result<HostName> HostName::parse(std::string_view text) {
    AsciiName ascii = to_ascii_name(without_port(trimmed_name(text)));
    HostName name;
    name.text_ = std::move(ascii.text);
    if (name.text_.ends_with('.')) name.text_.pop_back();
    if (name.text_.empty()) return errc::name_empty;
    to_lower(name.text_);
    if (empty_label(name.text_)) return errc::name_empty_label;
    name.find_registrable();
    const error bad = name.check();
    if (bad == errc::name_bad_character) return bad_label(text);
    if (bad) return bad;
    name.plain_ = ascii.proper && name.text_.size() <= max_name && longest_label(name.text_) <= max_label &&
                  std::all_of(name.text_.begin(), name.text_.end(), domain_character);
    return name;
}

/// No rule is so long that more than the end of a name has to be looked at, from a label on.
void HostName::find_registrable() {
    const std::size_t dot =
        text_.size() > max_name ? text_.rfind('.', text_.size() - max_name - 1) : std::string::npos;
    const std::size_t begin = dot == std::string::npos ? 0 : dot + 1;
    const char* const end = text_.c_str() + begin;
    if (const char* const found = psl_registrable_domain(suffixes(), end))
        registrable_at_ = begin + static_cast<std::size_t>(found - end);
    else if (listed(text_) && !listed(text_, PSL_TYPE_ICANN))
        registrable_at_ = 0;
    else
        registrable_at_ = text_.size();
}

/// The registrable domain; of what has none all is looked at.
error HostName::check() const {
    const std::string_view domain = registrable().empty() ? std::string_view(text_) : registrable();
    if (domain.size() > max_name) return errc::name_too_long;
    if (longest_label(domain) > max_label) return errc::name_long_label;
    const bool escaped = domain.find('\\') != std::string_view::npos;
    if (escaped) return errc::name_bad_character;
    if (registrable().empty() || std::all_of(domain.begin(), domain.end(), domain_character)) return {};
    return errc::name_bad_character;
}

bool HostName::under_private_suffix() const {
    const std::string_view domain = registrable();
    const std::size_t dot = domain.find('.');
    return dot != std::string_view::npos &&
           psl_is_public_suffix2(suffixes(), domain.data() + dot + 1, PSL_TYPE_ICANN) == 0;
}

bool HostName::known_suffix() const {
    const std::string_view domain = registrable();
    const std::size_t last = text_.rfind('.') + 1;
    // A suffix of two labels or more is one by a rule.
    if (std::count(domain.begin(), domain.end(), '.') > 1) return true;
    const std::string top_level = text_.substr(last);
    return listed(top_level) || listed_below(top_level);
}

bool HostName::is_under(std::string_view suffix) const {
    if (!text_.ends_with(suffix)) return false;
    return text_.size() == suffix.size() || text_[text_.size() - suffix.size() - 1] == '.';
}

bool HostName::ip_literal() const {
    if (number(std::string_view(text_).substr(text_.rfind('.') + 1))) return true;
    if (text_.find(':') == std::string::npos) return false;
    std::string_view address = text_;
    if (address.starts_with('[')) address = address.substr(1, address.find(']') - 1);
    in6_addr parsed{};
    return ::inet_pton(AF_INET6, std::string(address.substr(0, address.find('%'))).c_str(), &parsed) == 1;
}

bool public_suffix(const std::string& name) {
    return listed(name, PSL_TYPE_ICANN);
}

bool is_name(std::string_view text, std::string_view name) {
    const auto parsed = HostName::parse(text);
    return parsed && parsed->text() == name;
}

}  // namespace enrichd
