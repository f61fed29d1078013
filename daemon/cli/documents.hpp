// The alerts in a file, however they were written there: one JSON document a line, pretty-printed documents,
// an array, or the documents of Wazuh's indexer, which hold the alert under `_source`.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "cli/input_file.hpp"

namespace enrichd {

class Documents {
  public:
    explicit Documents(const std::string& file) : file_(file) {}

    bool open() const { return file_.open(); }
    bool failed() const { return file_.failed(); }

    /// The next alert, or what stands in the place of one and is none. Of one that is far too long only so
    /// much comes that this is seen.
    bool next(std::string& document);

    /// Where the last one ended, from 1.
    std::uint64_t line() const { return line_; }
    double share() const { return file_.share(); }

  private:
    bool next_line(std::string& line);
    bool next_raw(std::string& document);
    bool unwrap(const std::string& document);

    InputFile file_;
    std::string buffer_;                 // read, not taken yet
    std::string rest_;                   // of the present line
    std::deque<std::string> unwrapped_;  // alerts of one document of the indexer
    std::uint64_t line_ = 0;
    bool end_ = false;
};

}  // namespace enrichd
