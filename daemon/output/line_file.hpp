// A file that lines are appended to, for as long as it is the one that its path names.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd {

class LineFile {
  public:
    /// `-` is standard output. A file is opened at the first line, and again when it was moved away (log
    /// rotation); one that is missing is made with `mode`, in its directory's group.
    LineFile(std::string path, mode_t mode) : path_(std::move(path)), mode_(mode) {}

    /// Appends a line, its end included, in one write. Errors: output_full when a pipe's reader pauses,
    /// output_failed, also when the file cannot be opened.
    [[nodiscard]] result<void> append(std::string_view line);

  private:
    bool open();

    std::string path_;
    mode_t mode_;
    Fd file_;
    std::string rest_;  // of a line that was written in part
};

}  // namespace enrichd
