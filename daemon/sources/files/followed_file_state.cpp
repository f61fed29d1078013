// FollowedFile: what is said of it.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "sources/files/followed_file.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr Clock::duration silence = 5s;   // of a file system, then it hangs
constexpr Clock::duration absence = 10s;  // of the name, while a rotation may be under way
constexpr Clock::duration long_lag = 60s;

}  // namespace

void FollowedFile::report(const FilePlace& place) {
    const auto age =
        history_.empty() ? std::chrono::seconds() : wall_seconds(WallClock::now()) - history_.front().saved;
    const std::vector<log::Field> where{
        {"file", name_}, {"reads", place.file->path()}, {"offset", place.offset}};
    if (place.truncated && place.resumed)
        log::write(log::Level::warning,
                   "a file that is followed was emptied; what was not read of it is read from its copy",
                   where);
    else if (place.truncated)
        log::write(log::Level::warning, "a file that is followed was emptied; it is read from its beginning",
                   where);
    else if (place.gap)
        log::write(log::Level::warning,
                   "the file that was read last is gone; alerts in its rest are lost, the files that came "
                   "after it are "
                   "read",
                   where);
    else if (place.resumed)
        log::info("a file is followed from where an earlier run stopped",
                  {{"file", name_},
                   {"reads", place.file->path()},
                   {"offset", place.offset},
                   {"saved_seconds_ago", age.count()}});
    else
        log::write(log::Level::info, "a file is followed", where);
}

void FollowedFile::failed(const error& reason) {
    failure_ = reason;
    if (reason != errc::deadline && complaints_.allows(Clock::now()))
        log::warning("a file that is followed cannot be read; it is tried every second",
                     {{"file", name_}, {"reason", label(reason)}, {"detail", reason.message()}});
}

bool FollowedFile::idle() const {
    if (!loaded_ || !first_look_ || unsafe_.first()) return false;
    if (!file_) return !look_.there || failure_;
    return at_end_since_ && look_.lag == 0;
}

Clock::duration FollowedFile::lag() const {
    const bool all_read = file_ ? at_end_since_ && look_.lag == 0 : first_look_ && !look_.there;
    if (all_read) return {};
    return Clock::now() - std::max(end_reached_, caught_up_);
}

std::string FollowedFile::trouble() const {
    const Clock::time_point now = Clock::now();
    if (blocked_since_ && now - *blocked_since_ > silence) return "its file system does not answer";
    if (failure_) return failure_.message();
    if (absent_since_ && !file_) return "it is not there; it is read from its beginning when it comes";
    if (absent_since_ && now - *absent_since_ > absence) return "it is not there any more";
    if (const auto refused = all_.journal.refusal(); refused && held_up())
        return "it is not read now, since alerts cannot be kept: " + refused->message();
    if (lag() > long_lag) return "it is written faster than it is read";
    return {};
}

/// A file that is written all the time has no end that could be reached: what counts is how long ago the end
/// was that has been passed by now.
void FollowedFile::note_lag() {
    if (look_.lag == 0) caught_up_ = Clock::now();
    if (!file_ || !look_.is_current) return;
    if (lines_.read_to() >= end_then_) end_reached_ = end_seen_;
    end_then_ = look_.size;
    end_seen_ = Clock::now();
}

}  // namespace enrichd
