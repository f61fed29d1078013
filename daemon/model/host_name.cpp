#include "model/host_name.hpp"

#include <arpa/inet.h>
#include <idn2.h>
#include <libpsl.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;
constexpr std::size_t max_utf8 = 4 * max_name;

const psl_ctx_t* suffixes() {
    // The distribution's list when it is newer than the one libpsl was built with. Never freed: lives as long
    // as the process.
    static const psl_ctx_t* const list = psl_latest(nullptr);
    return list;
}

bool ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

result<std::string> to_a_labels(std::string_view text) {
    if (!valid_utf8(text)) return errc::name_bad_idn;
    const std::string name(text);
    char* raw = nullptr;
    const int rc = idn2_to_ascii_8z(name.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&idn2_free)> owned(raw, &idn2_free);
    if (rc == IDN2_TOO_BIG_DOMAIN) return errc::name_too_long;
    if (rc == IDN2_TOO_BIG_LABEL) return errc::name_long_label;
    if (rc != IDN2_OK) return errc::name_bad_idn;
    return std::string(raw);
}

void to_lower(std::string& text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
}

bool domain_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Checks each label's length and that every character is printable.
error check_labels(std::string_view name) {
    std::size_t length = 0;
    for (const char c : name) {
        if (c <= ' ' || c > '~') return errc::name_bad_character;
        if (c != '.') {
            if (++length > max_label) return errc::name_long_label;
        } else {
            if (length == 0) return errc::name_empty_label;
            length = 0;
        }
    }
    return length == 0 ? errc::name_empty_label : error();
}

}  // namespace

result<HostName> HostName::parse(std::string_view text) {
    if (text.size() > max_utf8) return errc::name_too_long;
    if (text.find('\0') != std::string_view::npos) return errc::name_bad_character;
    HostName name;
    if (ascii(text)) {
        name.text_ = text;
    } else {
        auto converted = to_a_labels(text);
        if (!converted) return converted.error();
        name.text_ = *std::move(converted);
    }
    if (name.text_.ends_with('.')) name.text_.pop_back();
    if (name.text_.empty()) return errc::name_empty;
    if (name.text_.size() > max_name) return errc::name_too_long;
    to_lower(name.text_);
    if (const error bad = check_labels(name.text_)) return bad;

    const char* registrable = psl_registrable_domain(suffixes(), name.text_.c_str());
    name.registrable_at_ =
        registrable ? static_cast<std::size_t>(registrable - name.text_.c_str()) : name.text_.size();
    for (const char c : name.registrable())
        if (c != '.' && !domain_character(c)) return errc::name_bad_character;
    return name;
}

bool HostName::under_private_suffix() const {
    const std::string domain(registrable());
    const std::size_t dot = domain.find('.');
    return dot != std::string::npos &&
           psl_is_public_suffix2(suffixes(), domain.c_str() + dot + 1, PSL_TYPE_ICANN) == 0;
}

bool HostName::known_suffix() const {
    const std::string last = text_.substr(text_.rfind('.') + 1);
    return psl_is_public_suffix2(suffixes(), last.c_str(), PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool HostName::plain() const {
    return text_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
}

bool HostName::is_under(std::string_view suffix) const {
    if (!text_.ends_with(suffix)) return false;
    return text_.size() == suffix.size() || text_[text_.size() - suffix.size() - 1] == '.';
}

bool HostName::ip_literal() const {
    in6_addr address{};
    return ::inet_pton(AF_INET, text_.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, text_.c_str(), &address) == 1;
}

}  // namespace enrichd
