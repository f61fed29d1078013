// A whole file, when it is no larger than it may be.
#pragma once

#include <string>

#include "base/result.hpp"

namespace enrichd {

/// Errors: file_too_large; system errors, is_a_directory among them. Blocks.
[[nodiscard]] result<std::string> read_file_up_to(const std::string& path, std::size_t max_bytes);

}  // namespace enrichd
