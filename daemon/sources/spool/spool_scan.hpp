// One look through the spool's new/, in steps that the loop can afford: there may be a million files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sources/spool/directory_reader.hpp"
#include "sources/spool/spool_name.hpp"

namespace enrichd {

class SpoolScan {
  public:
    static constexpr std::size_t step_size = 256;    // directory entries
    static constexpr std::size_t max_kept = 20'000;  // names; the youngest are left to a later scan

    /// `measure`: bytes() is wanted, which costs a system call a file.
    SpoolScan(const std::string& directory, bool measure, std::size_t most = max_kept)
        : files_(directory), measure_(measure), most_(most) {}

    /// Looks at the next `step_size` entries. Alerts that are `known` are only counted; names that are not
    /// ours go to `odd`. False when that was all.
    bool step(const std::function<bool(const SpoolName&)>& known,
              const std::function<void(std::string_view)>& odd);

    /// Why it ended early, if it did.
    const error& failure() const { return files_.failure(); }

    /// The oldest of those that are not known, in order. To be called once, at the end.
    std::vector<SpoolName> oldest();

    std::size_t found() const { return found_; }
    std::size_t left_out() const { return left_out_; }  // not known, and not among the oldest
    std::uint64_t bytes() const { return bytes_; }

  private:
    void measure(const char* file);
    void leave_out_the_youngest();

    DirectoryReader files_;
    bool measure_;
    std::size_t most_;
    std::size_t found_ = 0;
    std::size_t left_out_ = 0;
    std::uint64_t bytes_ = 0;
    std::vector<SpoolName> names_;
};

}  // namespace enrichd
