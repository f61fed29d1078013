// What is wrong with the state file, and its log lines.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace enrichd {

class StateTrouble {
  public:
    explicit StateTrouble(std::string file) : file_(std::move(file)) {}

    const std::optional<error>& now() const { return trouble_; }

    /// How a transaction ended; `detail`: SQLite's words. No error: the file works.
    void note(const error& failure, const std::string& detail);

    /// The disk hangs. True when that is new.
    bool note_silence(Clock::duration silent_for);

  private:
    const std::string file_;
    std::optional<error> trouble_;
    bool silence_logged_ = false;
    log::Limit failures_;
    log::Limit recoveries_;
};

}  // namespace enrichd
