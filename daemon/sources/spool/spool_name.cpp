#include "sources/spool/spool_name.hpp"

#include "proto/wire.h"

namespace enrichd {

std::optional<SpoolName> SpoolName::parse(std::string_view text) {
    if (text.size() < WIRE_SPOOL_NAME) return std::nullopt;
    SpoolName name;
    for (const char digit : text.substr(0, WIRE_SPOOL_NAME)) {
        const bool number = digit >= '0' && digit <= '9';
        if (!number && (digit < 'a' || digit > 'f')) return std::nullopt;
        name.id = name.id << 4 | static_cast<std::uint64_t>(number ? digit - '0' : digit - 'a' + 10);
    }
    text.remove_prefix(WIRE_SPOOL_NAME);
    if (text == WIRE_SPOOL_ACTIVE_RESPONSE)
        name.destination = Destination::active_response;
    else if (!text.empty())
        return std::nullopt;
    if (name.id == 0) return std::nullopt;
    return name;
}

std::string SpoolName::text() const {
    std::string out(WIRE_SPOOL_NAME, '0');
    wire_spool_name(out.data(), id);
    if (destination == Destination::active_response) out += WIRE_SPOOL_ACTIVE_RESPONSE;
    return out;
}

}  // namespace enrichd
