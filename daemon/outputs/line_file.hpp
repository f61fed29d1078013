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
    /// rotation); one that is missing is made with `mode`, in its directory's group. A symbolic link is
    /// refused: who may write in the directory would choose what the daemon writes to.
    LineFile(std::string path, mode_t mode) : path_(std::move(path)), mode_(mode) {}

    const std::string& path() const { return path_; }

    /// Appends a line, its end included, and never waits. It was written when all of it was. On an error
    /// nothing of it stays in a file; of a pipe that took a part the next call writes the rest. Errors:
    /// output_full when a pipe's reader pauses; output_absent when a pipe has no reader; output_failed, also
    /// when the file cannot be opened.
    [[nodiscard]] result<void> append(std::string_view line);

    /// Whether a line would be written now, as far as that can be known.
    [[nodiscard]] result<void> probe();

  private:
    /// What is written to: how much of a line it may take, and how it is kept from blocking.
    enum class Kind { file, pipe, socket };

    bool open();
    bool keep(Fd file);
    result<void> append_to_file(std::string_view line);
    void cut_off(std::size_t written);
    result<void> push(std::string_view line);
    result<void> push_rest();

    std::string path_;
    mode_t mode_;
    Fd file_;
    Kind kind_ = Kind::file;
    bool torn_ = false;      // the file ends within a line
    std::string begun_;      // a line of which a pipe took a part,
    std::size_t taken_ = 0;  // this much
    std::string finished_;   // such a line that was finished when another one came: it comes again
};

}  // namespace enrichd
