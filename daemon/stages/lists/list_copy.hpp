// The last good copy of a list, under the state directory: it is there when its source is not.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace enrichd {

struct ListCopy {
    std::string from;  // where it was read or fetched
    std::string etag{};
    std::string last_modified{};
    WallTime since{};    // when its source was last seen to be like this; the file's time
    std::string text{};  // of the list

    /// Errors: body_not_json, when it is not ours or is cut; file_too_large; system errors. Blocks.
    [[nodiscard]] static result<ListCopy> read(const std::string& file);

    /// Atomically; on the disk when it returns. Errors: system errors. Blocks.
    [[nodiscard]] error write(const std::string& file) const;

    /// Its source is still like this. Errors: system errors. Blocks.
    [[nodiscard]] static result<void> confirm(const std::string& file, WallTime since);
};

/// Bytes of a list's text, before and after it is unpacked.
inline constexpr std::size_t max_list_bytes = std::size_t{256} * 1024 * 1024;

}  // namespace enrichd
