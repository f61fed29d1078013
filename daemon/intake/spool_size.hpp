// How many bytes lie in the spool: a number that the shim and we share, in a file of the spool
// (proto/wire.h).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

struct wire_spool_size;

namespace enrichd {

class SpoolSize {
  public:
    SpoolSize() = default;
    SpoolSize(const SpoolSize&) = delete;
    SpoolSize& operator=(const SpoolSize&) = delete;
    ~SpoolSize() { close(); }

    /// Maps the file in the spool's directory, or makes it, for `group` to write when it is not -1. Without
    /// it nothing is counted and everything reads 0.
    [[nodiscard]] error open(const std::string& directory, int group);

    void set_limit(std::uint64_t bytes);

    /// What was found when everything was looked at.
    void set_used(std::uint64_t bytes);
    void removed(std::uint64_t bytes);

    std::uint64_t used() const;
    std::uint64_t refused() const;  // alerts that the shim did not write because the spool was full
    bool is_open() const { return shared_ != nullptr; }

  private:
    void close();

    wire_spool_size* shared_ = nullptr;
};

}  // namespace enrichd
