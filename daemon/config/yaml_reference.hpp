// The configuration's keys as texts: one list, walked by the file that the package installs, the reference in
// docs/ and enrichd.yaml(5).
#pragma once

#include <string>
#include <string_view>

namespace enrichd {

/// Every key with its default, commented out, below a line that says what it is for.
std::string sample_configuration();

/// Every key with its default, its bounds and what it is for behind it.
std::string configuration_reference();

/// enrichd.yaml(5) in man(7)'s language.
std::string configuration_manual();

/// A text as man(7) wants it.
std::string roff(std::string_view text);

}  // namespace enrichd
