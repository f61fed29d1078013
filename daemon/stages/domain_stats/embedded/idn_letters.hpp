// What of an internationalised domain the frequency table can rate.
#pragma once

#include <string>
#include <string_view>

namespace enrichd {

/// What people read where the domain has "xn--" labels: letters of the Latin script without their marks, so
/// that "xn--bcher-kva.de" is "bucher.de", and one `other_letter` for each character of another script. What
/// is no good punycode stays as it is.
std::string readable_letters(std::string_view domain);

/// A byte that no frequency table has: a pair with it does not count.
inline constexpr char other_letter = '\x80';

/// Whether the first label has a pair of characters without another script's: else a score would rate the
/// suffix alone.
bool enough_letters(std::string_view letters);

}  // namespace enrichd
