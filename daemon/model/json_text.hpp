// JSON written straight into a text, for what is written once for each alert. All else is built as a value
// with nlohmann-json.
#pragma once

#include <string>
#include <string_view>

namespace enrichd {

/// Appends it in quotes and escaped. Bytes that are no UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);

/// Appends the shortest form that reads as the same number. Finite ones only.
void append_json(std::string& out, double number);

}  // namespace enrichd
