#include "store/state_trouble.hpp"

#include <chrono>
#include <utility>

namespace enrichd {

void StateTrouble::note(const error& failure, const std::string& detail) {
    if (failure && trouble_ != failure && failures_.allows(Clock::now()))
        log::error(
            "the state file cannot be written; new alerts are spooled until it can",
            {{"file", file_}, {"reason", label(failure)}, {"detail", failure.message()}, {"sqlite", detail}});
    if (!failure && (trouble_ || silence_logged_) && recoveries_.allows(Clock::now()))
        log::info("the state file works again", {{"file", file_}});
    silence_logged_ = false;
    if (failure)
        trouble_ = failure;
    else
        trouble_.reset();
}

bool StateTrouble::note_silence(Clock::duration silent_for) {
    if (std::exchange(silence_logged_, true)) return false;
    log::error("the state file does not answer; new alerts are spooled until it does",
               {{"file", file_}, {"seconds", std::chrono::floor<std::chrono::seconds>(silent_for).count()}});
    return true;
}

}  // namespace enrichd
