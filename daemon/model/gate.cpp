#include "model/gate.hpp"

#include <algorithm>
#include <array>

namespace enrichd {
namespace {

constexpr std::array<std::string_view, 2> reverse_zones{"in-addr.arpa", "ip6.arpa"};

constexpr std::array<std::string_view, 10> special_use{"test",  "localhost",   "invalid",     "example",
                                                       "local", "example.com", "example.net", "example.org",
                                                       "onion", "alt"};

/// Top-level domains outside of the public DNS that anybody may use and malware does: EmerDNS, Namecoin,
/// blockchain names, OpenNIC. They are nobody's internal names, so they are looked at like public ones.
constexpr std::array<std::string_view, 23> alternative_roots{
    "bazar", "bbs", "bit",    "bitcoin", "blockchain", "chan",   "coin", "crypto",
    "cyb",   "dao", "emc",    "eth",     "geek",       "gopher", "indy", "lib",
    "libre", "nft", "parody", "pirate",  "sol",        "wallet", "zil"};

template <class Suffixes>
bool under_any(const HostName& name, const Suffixes& suffixes) {
    return std::any_of(suffixes.begin(), suffixes.end(),
                       [&](const auto& suffix) { return name.is_under(suffix); });
}

}  // namespace

bool alternative_root(const HostName& name) {
    const std::string_view text = name.text();
    const std::string_view top_level = text.substr(text.rfind('.') + 1);
    return std::find(alternative_roots.begin(), alternative_roots.end(), top_level) !=
           alternative_roots.end();
}

std::string_view label(Refusal reason) {
    switch (reason) {
        case Refusal::skip_suffix:
            return "skip_suffix";
        case Refusal::ip_literal:
            return "ip_literal";
        case Refusal::single_label:
            return "single_label";
        case Refusal::reverse_zone:
            return "reverse_zone";
        case Refusal::special_use:
            return "special_use";
        case Refusal::unknown_suffix:
            return "unknown_suffix";
        case Refusal::public_suffix:
            return "public_suffix";
    }
    return "other";
}

std::optional<Refusal> refusal(const HostName& name, const GateOptions& options) {
    if (under_any(name, options.skip_suffixes)) return Refusal::skip_suffix;
    if (name.ip_literal()) return Refusal::ip_literal;
    if (name.single_label()) return Refusal::single_label;
    if (options.special_use) {
        if (under_any(name, reverse_zones)) return Refusal::reverse_zone;
        if (name.is_under("arpa") || under_any(name, special_use)) return Refusal::special_use;
        if (!name.known_suffix() && !alternative_root(name)) return Refusal::unknown_suffix;
    }
    if (name.registrable().empty()) return Refusal::public_suffix;
    return std::nullopt;
}

}  // namespace enrichd
