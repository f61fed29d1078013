// What of files that are followed is configured.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace enrichd {

/// Where a file that was never read before is begun.
enum class FilesBegin { end, beginning };

struct FilesOptions {
    static constexpr std::size_t most = 16;  // files: each has a thread that does what blocks

    std::vector<std::string> files;  // absolute paths, each once
    FilesBegin begin = FilesBegin::end;
    bool operator==(const FilesOptions&) const = default;
};

}  // namespace enrichd
