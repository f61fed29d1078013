// Formats with one entry a line.
#pragma once

#include <algorithm>
#include <string_view>

#include "stages/lists/list_builder.hpp"

namespace enrichd {

/// Without blanks around it.
std::string_view trimmed(std::string_view text);

/// Reads a line of one of the formats domains, hosts, adblock, dnsmasq and cdb. An empty line and a comment
/// add nothing; whatever else has no name is left out by the builder.
void read_line(ListFormat format, std::string_view line, ListBuilder& builder);

/// Reads a text of values separated by commas (RFC 4180). `column`: a number from 1, or a name of the first
/// line, which may be a comment. False when there is no such column.
bool read_csv(std::string_view text, std::string_view column, ListBuilder& builder);

/// Reads a response policy zone as unbound does: owner names, wildcards; CNAME rpz-passthru. is an exception;
/// triggers that are no names (rpz-ip and the like) are left out.
void read_rpz(std::string_view text, ListBuilder& builder);

/// Calls `each(number, line)` for every line, without its end. A BOM before the first one is left out.
template <class Each>
void for_each_line(std::string_view text, Each each) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!each(number, line)) return;
    }
}

}  // namespace enrichd
