// Writes down how far a file was read: after 256 lines, after a second, or at once.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "store/positions.hpp"

namespace enrichd {

class PositionSaver {
  public:
    static constexpr std::uint64_t most_lines = 256;
    static constexpr Clock::duration longest = std::chrono::seconds(1);

    PositionSaver(asio::io_context& io, Positions& positions, std::string name);

    /// The position now, `lines` lines behind the one before. `at_once`: events have left for one of them,
    /// which would be repeated after a kill.
    void note(const FilePosition& at, std::uint64_t lines, bool at_once);

    /// Saves until it is cancelled or stopped.
    task<void> run();
    void stop();

    /// Saves what run() has not, whatever becomes of this.
    void save_surely();

  private:
    Positions& positions_;
    const std::string name_;
    Timer timer_;
    FilePosition at_;
    std::uint64_t opening_ = 0;  // of the state file that it was saved in
    bool unsaved_ = false;
    bool stopped_ = false;
    std::uint64_t lines_ = 0;
    Clock::time_point due_{};
};

}  // namespace enrichd
