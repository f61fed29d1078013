// Lists of domains as other tools write them.
#pragma once

#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/domains.hpp"

namespace enrichd {

struct SeenList {
    std::vector<SeenDomain> domains;
    std::size_t left_out = 0;        // lines without a domain
    std::size_t first_left_out = 0;  // the first of them, from 1
    std::size_t future = 0;          // times to come, which became `now`
};

/// One entry a line: "example.com", "17,example.com", "\"17\",\"example.com\"", "example.com 2026-11-24"
/// (when it was first seen; else `now`), ".example.com", "*.example.com", a URL, a line of a hosts file, of
/// an adblock list ("||example.com^"), of Majestic's list, of Zeek's dns.log, of dnsmasq's log, or
/// {"domain":"example.com"}. Comments begin with '#', with '!' in the first column, or with ';'.
SeenList read_seen_list(std::string_view text, WallTime now);

}  // namespace enrichd
