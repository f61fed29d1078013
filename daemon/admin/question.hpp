// Members of a question over the admin socket, which may be anything.
#pragma once

#include <string>

#include "base/reporting.hpp"

namespace enrichd {

/// A member that is a text; empty when there is none.
std::string text_of(const StatusJson& question, const char* member);

/// As names are kept: ".Example.COM" and "*.example.com" are "example.com".
std::string suffix_of(std::string text);

}  // namespace enrichd
