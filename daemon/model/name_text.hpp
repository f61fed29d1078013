// Queried names as logs write them: with blanks around, a port, labels of any bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace enrichd {

/// Without the blanks, control characters and NULs around it.
std::string_view trimmed_name(std::string_view text);

/// "x.com" of "x.com:443". An IPv6 address stays as it is.
std::string_view without_port(std::string_view text);

/// The name that a field of an alert holds; nothing for "", "-" and "N/A". It is trimmed and safe to print:
/// blanks and control characters in it are written as `\DDD` (RFC 1035 5.1), and of more than 1,024 bytes the
/// last are kept, where the domain is. The form of Windows' DNS debug log, "(3)www(1)x(3)com(0)", becomes
/// "www.x.com". `text` is valid UTF-8.
std::optional<std::string> name_in_field(std::string_view text);

/// A name in ASCII.
struct AsciiName {
    std::string text;    // printable, as long as the name is short enough or has no odd label
    bool proper = true;  // no label had to be escaped, nothing had to be cut
};

/// The same name as a resolver asks for it: internationalised labels become A-labels (IDNA 2008 with UTS 46
/// mapping; symbols as in "xn--ls8h.la" too), and full-width dots become dots. Of a label for which that
/// cannot be, each byte that is not printable ASCII is written as `\DDD`. Only the last 1,012 bytes are read.
AsciiName to_ascii_name(std::string_view text);

}  // namespace enrichd
