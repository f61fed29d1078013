// A whole file, written beside its place and put there at once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace enrichd {

/// `parts` one behind the other, in a file of mode 0640, durable when this returns. Makes its directory.
/// `written`: the time of the last change that the file gets. Blocks. On an error the file is as it was, or
/// as it is to be and perhaps not durable. Errors: those of the system.
[[nodiscard]] error replace_file(const std::string& file, std::span<const std::string_view> parts,
                                 std::optional<WallTime> written = std::nullopt);

}  // namespace enrichd
