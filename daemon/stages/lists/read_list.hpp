// Reads the text of a list in one of its formats.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "stages/lists/list_builder.hpp"

namespace enrichd {

/// The format of a text: each is tried on its first lines, and the one that takes most of them counts.
/// domains when none takes any.
ListFormat detect_format(std::string_view text);

/// Errors: list_empty; list_html and list_binary, when it is that; list_no_names, when no line has a name, or
/// when most have none: then it is something else, or damaged; table_not_json and table_wrong_shape, of
/// JSON formats. Blocks for as long as it
/// computes: about a second for two million names.
[[nodiscard]] result<ReadList> read_list(std::string_view text, const ListConfig& config);

}  // namespace enrichd
