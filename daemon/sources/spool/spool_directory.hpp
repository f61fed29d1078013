// The spool on the disk: its directories, the files in new/, and their size. Layout and names
// are in proto/README.md.
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"
#include "sources/spool/spool_name.hpp"
#include "sources/spool/spool_size.hpp"

namespace enrichd {

class SpoolDirectory {
  public:
    explicit SpoolDirectory(std::string path) : path_(std::move(path)) {}

    /// Makes the directories where they are missing, for `group` to write when it is not -1, and opens the
    /// size.
    [[nodiscard]] error prepare(int group);

    /// The directory of complete alerts, with a slash at its end.
    std::string new_directory() const { return path_ + "/new/"; }

    /// A file in new/. At most one byte more than an alert may have: this byte says that it is too long.
    [[nodiscard]] result<std::string> read(const SpoolName& name) const;

    /// Removes a file of `bytes` from new/ and from the size. A file that somebody else took away is no
    /// error.
    [[nodiscard]] error remove(const SpoolName& name, std::size_t bytes);

    /// Opens the size again when another file, or none, is in its place.
    void check_size_file() { size_.look(path_); }
    SpoolSize& size() { return size_; }
    const SpoolSize& size() const { return size_; }

  private:
    std::string path_;
    SpoolSize size_;
};

}  // namespace enrichd
