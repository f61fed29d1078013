// A file named on the command line, read from its beginning to its end: plain or gzip, a pipe as well.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>

namespace enrichd {

class InputFile {
  public:
    explicit InputFile(const std::string& path);

    bool open() const { return file_ != nullptr; }

    /// Some more bytes, at most `most`; none at the end, or when it cannot be read further.
    std::string read(std::size_t most);

    /// It could not be read to its end: a damaged or cut gzip, too.
    bool failed() const { return failed_; }

    /// How much of the file has been read, 0 to 1; 0 of a pipe.
    double share() const;

  private:
    struct Close {
        void operator()(gzFile file) const { ::gzclose_r(file); }
    };
    std::unique_ptr<gzFile_s, Close> file_;
    double size_ = 0;
    bool failed_ = false;
};

/// All of a file of at most 256 MiB, unpacked when it is gzip; empty, with `why`, when it cannot be used.
std::string whole_text_of(const std::string& file, std::string& why);

}  // namespace enrichd
