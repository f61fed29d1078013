// How many bytes lie in the spool: a number that the shim and we share, in a file of the spool
// (proto/wire.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

struct wire_spool_size;

namespace enrichd {

class SpoolSize {
  public:
    /// Opens the file in the spool's directory, or makes it, for `group` to write when it is not -1. Without
    /// it nothing is counted and everything reads 0.
    [[nodiscard]] error open(const std::string& directory, int group);

    /// Opens it again when there is another file, or none, in its place.
    void look(const std::string& directory);

    void set_limit(std::uint64_t bytes);

    void set_used(std::uint64_t bytes);

    /// When everything was looked at: what was found, and what the count said when the look began.
    void correct(std::uint64_t counted, std::uint64_t found);

    /// Counted now, or with the next change when somebody else holds the lock.
    void removed(std::uint64_t bytes);

    std::uint64_t limit() const { return limit_; }
    std::uint64_t used() const;
    std::uint64_t refused() const;  // alerts that the shim did not write: the spool, or its disk, was full

  private:
    wire_spool_size read() const;
    void change(const std::function<void(wire_spool_size&)>& how);

    Fd file_;
    int group_ = -1;
    std::uint64_t limit_ = 0;
    std::uint64_t removed_ = 0;  // and not yet counted
};

}  // namespace enrichd
