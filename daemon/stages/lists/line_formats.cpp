#include "stages/lists/line_formats.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace enrichd {
namespace {

constexpr std::string_view blank = " \t\r";
constexpr std::uint8_t exact = static_cast<std::uint8_t>(Listing::exact);
constexpr std::uint8_t below = static_cast<std::uint8_t>(Listing::below);
constexpr std::uint8_t exception = Listing::except_exact | Listing::except_below;
constexpr std::string_view other_rule = "a rule about something else than a whole name";

std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    const std::size_t end = std::min(text.find_first_of(blank), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

std::string_view unquoted(std::string_view text) {
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? trimmed(text.substr(1, text.size() - 2)) : text;
}

std::string_view without_comment(std::string_view line) {
    return trimmed(line.substr(0, line.find('#')));
}

bool is_address(std::string_view text) {
    // Most begin with these; to ask the parser about each line costs as much as the rest.
    if (text == "0.0.0.0" || text == "127.0.0.1") return true;
    boost::system::error_code ec;
    boost::asio::ip::make_address(text, ec);
    return !ec;
}

bool only_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void add_one(ListBuilder& builder, std::string_view name, std::uint8_t listing, std::string_view note = {}) {
    if (builder.add(name, listing, note)) builder.count_entry();
}

/// "example.com", "*.example.com", ".example.com"; with its rank "17,example.com", which says nothing of the
/// names below it.
void read_domain(std::string_view line, ListBuilder& builder) {
    line = unquoted(without_comment(line));
    if (line.empty() || line.front() == '!' || line.front() == ';') return;
    if (const std::size_t comma = line.find(','); comma != std::string_view::npos) {
        const bool ranked = only_digits(unquoted(trimmed(line.substr(0, comma))));
        if (!ranked) return builder.leave_out("more than a name");
        return add_one(builder, unquoted(trimmed(line.substr(comma + 1))), exact);
    }
    if (line.starts_with("*.")) line.remove_prefix(2);
    if (line.starts_with('.')) line.remove_prefix(1);
    add_one(builder, line, suffix_listing);
}

/// Names that each such file has for the host itself.
bool of_the_host(std::string_view name) {
    constexpr std::array<std::string_view, 4> names{"localhost.localdomain", "localhost4.localdomain4",
                                                    "localhost6.localdomain6", "0.0.0.0"};
    return name.find('.') == std::string_view::npos ||
           std::find(names.begin(), names.end(), name) != names.end();
}

void read_hosts(std::string_view line, ListBuilder& builder) {
    line = without_comment(line);
    if (line.empty()) return;
    if (!is_address(take_word(line))) return builder.leave_out("no address before the name");
    if (trimmed(line).empty()) return builder.leave_out("no name behind the address");
    bool added = false;
    for (std::string_view name = take_word(line); !name.empty(); name = take_word(line))
        added = (!of_the_host(name) && builder.add(name, exact)) || added;
    if (added) builder.count_entry();
}

/// What a rule says of how a page uses a name. With others it holds for some pages or clients alone.
bool usual_modifiers(std::string_view modifiers) {
    constexpr std::array<std::string_view, 7> usual{"important", "all",     "document",   "doc",
                                                    "popup",     "network", "third-party"};
    while (!modifiers.empty()) {
        const std::size_t end = std::min(modifiers.find(','), modifiers.size());
        if (std::find(usual.begin(), usual.end(), modifiers.substr(0, end)) == usual.end()) return false;
        modifiers.remove_prefix(std::min(end + 1, modifiers.size()));
    }
    return true;
}

void read_adblock(std::string_view line, ListBuilder& builder) {
    line = trimmed(line);
    if (line.empty() || line.front() == '!' || line.front() == '#' || line.front() == '[') return;
    const bool is_exception = line.starts_with("@@");
    if (is_exception) line.remove_prefix(2);
    if (!line.starts_with("||")) return builder.leave_out(other_rule);
    line.remove_prefix(2);
    const std::size_t end = line.find('^');
    if (end == std::string_view::npos) return builder.leave_out(other_rule);
    std::string_view rest = line.substr(end + 1);
    if (rest.starts_with('|')) rest.remove_prefix(1);
    if (!rest.empty() && (rest.front() != '$' || !usual_modifiers(rest.substr(1))))
        return builder.leave_out(other_rule);
    std::string_view name = line.substr(0, end);
    const bool only_below = name.starts_with("*.");
    if (only_below) name.remove_prefix(2);
    const auto only = static_cast<std::uint8_t>(Listing::except_below);
    if (is_exception) return add_one(builder, name, only_below ? only : exception);
    add_one(builder, name, only_below ? below : suffix_listing);
}

/// "address=/a.example/b.example/0.0.0.0", "local=/a.example/", "server=/a.example/": a server that is named
/// answers for the domain, so it is not blocked.
void read_dnsmasq(std::string_view line, ListBuilder& builder) {
    line = without_comment(line);
    if (line.empty()) return;
    const std::size_t slash = line.find('/');
    const std::string_view key = line.substr(0, slash);
    const bool blocks = key == "address=" || key == "local=";
    if (slash == std::string_view::npos || (!blocks && key != "server="))
        return builder.leave_out("none of address=/…/, local=/…/ and server=/…/");
    line.remove_prefix(slash + 1);
    const std::size_t last = line.rfind('/');
    if (last == std::string_view::npos) return builder.leave_out("no '/' behind the domain");
    if (!blocks && !trimmed(line.substr(last + 1)).empty())
        return builder.leave_out("a server answers for the domain");
    std::string_view names = line.substr(0, last);
    bool added = false;
    while (!names.empty()) {
        const std::size_t end = std::min(names.find('/'), names.size());
        std::string_view name = names.substr(0, end);
        if (name.starts_with('.')) name.remove_prefix(1);
        added = builder.add(name, suffix_listing) || added;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    if (added) builder.count_entry();
}

/// A list of Wazuh: "name:value", or the name alone.
void read_cdb(std::string_view line, ListBuilder& builder) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#') return;
    std::size_t end = line.find(':');
    if (line.front() == '"') {
        end = line.find('"', 1);
        if (end == std::string_view::npos) return builder.leave_out("a quote is not closed");
        return add_one(builder, trimmed(line.substr(1, end - 1)), exact);
    }
    add_one(builder, trimmed(line.substr(0, end)), exact);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

void read_line(ListFormat format, std::string_view line, ListBuilder& builder) {
    switch (format) {
        case ListFormat::hosts:
            return read_hosts(line, builder);
        case ListFormat::adblock:
            return read_adblock(line, builder);
        case ListFormat::dnsmasq:
            return read_dnsmasq(line, builder);
        case ListFormat::cdb:
            return read_cdb(line, builder);
        default:
            return read_domain(line, builder);
    }
}

}  // namespace enrichd
