// From a file or a download to a list in memory, and its copy under the state directory. All of it blocks,
// and owns what it works on: see base/blocking_calls.hpp.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/file_state.hpp"
#include "base/result.hpp"
#include "stages/lists/list_copy.hpp"
#include "stages/lists/loaded_list.hpp"

namespace enrichd::list_loader {

/// What came of loading.
struct Fresh {
    LoadedListPtr list;
    std::optional<FileState> state{};  // of the file that was read
    error copy_failure{};              // the list is good, and its copy could not be written
};

/// Where the copy goes.
struct CopyFile {
    std::string path{};  // empty: nowhere
    /// The list was taken out or is read in another way by now: then nothing is written. May be null.
    std::shared_ptr<const std::atomic<bool>> abandoned{};
};

/// Reads a file, and a gzip file as its text. An empty one is a list without names, unless there was one with
/// names before, or there is a copy of one. Errors: those of read_list; file_rewritten, when it changed
/// meanwhile; system errors.
[[nodiscard]] result<Fresh> load_file(ListConfig config, CopyFile copy, LoadedListPtr before);

/// What a server sent: `copy` with its text, which may be gzip.
[[nodiscard]] result<Fresh> load_download(ListConfig config, CopyFile file, ListCopy copy,
                                          LoadedListPtr before);

/// The last good copy. Errors: those of ListCopy::read and read_list; list_empty, when it is of another
/// source.
struct FromCopy {
    LoadedListPtr list;
    std::string etag;
    std::string last_modified;
};
[[nodiscard]] result<FromCopy> load_copy(ListConfig config, CopyFile file);

}  // namespace enrichd::list_loader
