// Checks of texts in the configuration that more than one section has. Each says what was expected, or
// nothing.
#pragma once

#include <optional>
#include <string>

namespace enrichd::text_checks {

using Expected = std::optional<std::string>;

Expected not_empty(std::string& text);
Expected optional_file(std::string& text);
Expected listen_address(std::string& text);
Expected http_url(std::string& text);
Expected proxy_url(std::string& text);

}  // namespace enrichd::text_checks
