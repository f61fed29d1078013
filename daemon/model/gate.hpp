// Which names never leave the machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/host_name.hpp"

namespace enrichd {

struct GateOptions {
    std::vector<std::string> skip_suffixes;  // texts of HostNames: the user's internal domains
    bool special_use = true;                 // also refuse what no public server can know
    bool operator==(const GateOptions&) const = default;
};

enum class Refusal {
    skip_suffix,   // under one of the user's own suffixes
    ip_literal,    // an address
    single_label,  // "wpad", "localhost"
    reverse_zone,  // under in-addr.arpa or ip6.arpa
    special_use,   // RFC 6761, 6762 (local), 7686 (onion), 8375 (home.arpa), 9476 (alt), and the rest of arpa
    unknown_suffix,  // "server.corp": its last label is no public one, so it is somebody's internal name;
                     // but for alternative roots
    public_suffix,   // "co.uk": nobody's domain
};

std::string_view label(Refusal reason);

/// Under a top-level domain of another root than that of the public DNS, such as "bazar", "bit", "eth".
bool alternative_root(const HostName& name);

/// Why a name must not be looked up anywhere, or nothing when it may. Names without a registrable domain are
/// refused whatever the options say: there is nothing to ask.
std::optional<Refusal> refusal(const HostName& name, const GateOptions& options);

}  // namespace enrichd
