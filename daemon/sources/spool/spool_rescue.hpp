// What writers that were killed have left in the spool's tmp/. It may be a whole alert that only lacked its
// rename, and then nobody else has it: it goes to new/, where it is taken, or refused when it is half an
// alert.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "sources/spool/directory_reader.hpp"
#include "sources/spool/spool_name.hpp"

namespace enrichd {

class SpoolRescue {
  public:
    /// A writer needs milliseconds. Nobody waits for its end so long afterwards.
    static constexpr std::chrono::seconds old_enough = std::chrono::hours(1);

    /// `directory` is the spool's.
    explicit SpoolRescue(std::string directory) : directory_(std::move(directory)) {}

    /// Another look through tmp/ is due. The first one is due without it.
    void request() { requested_ = true; }

    /// One step of a look through tmp/, if one is due. False when none is. A file goes to new/ when it is old
    /// by its time, and the look before found the same: a clock that jumps makes no file old.
    bool step(WallClock::time_point now);

    std::uint64_t rescued() const { return rescued_; }

  private:
    struct Stamp {
        ino_t inode = 0;
        std::int64_t written = 0;  // seconds
        off_t size = 0;
        bool operator==(const Stamp&) const = default;
    };

    void look_at(const char* file, WallClock::time_point now);
    void rescue(const char* file);

    std::string directory_;
    bool requested_ = true;
    std::optional<DirectoryReader> files_;
    std::map<SpoolName, Stamp> old_;     // as the last look found them
    std::map<SpoolName, Stamp> as_old_;  // as this one does
    std::uint64_t rescued_ = 0;
    log::Limit notes_;
    log::Limit complaints_;
};

}  // namespace enrichd
