// Text from outside on its way to a terminal: what could steer the terminal, or hide or turn round what
// stands there, is shown as an escape. Everything that the program prints goes through one of these.
#pragma once

#include <string>
#include <string_view>

namespace enrichd {

/// One value on one line. Control characters (C0, DEL, C1), line separators, and characters that change the
/// direction of a text or have no width become `\n`, `\t`, `\u001b` …; bytes that are no UTF-8 become `\xff`.
/// A JSON text stays the same JSON: in it these characters stand in texts alone.
std::string fit_for_terminal(std::string_view text);

/// The same for a text of several lines: line ends and tabs stay.
std::string lines_for_terminal(std::string_view text);

}  // namespace enrichd
