#include "sources/spool/spool_rescue.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/fd.hpp"
#include "sources/spool/spool_scan.hpp"

namespace enrichd {
namespace {

/// Remembered from one look to the next; what is beyond is looked at when these are gone.
constexpr std::size_t max_old = 20'000;

}  // namespace

bool SpoolRescue::step(WallClock::time_point now) {
    if (!requested_) return false;
    if (!files_) {
        files_.emplace(directory_ + "/tmp");
        old_ = std::exchange(as_old_, {});
    }
    for (std::size_t looked_at = 0; looked_at < SpoolScan::step_size; ++looked_at) {
        const char* const file = files_->next();
        if (!file) {
            files_.reset();
            requested_ = false;
            return true;
        }
        look_at(file, now);
    }
    return true;
}

void SpoolRescue::look_at(const char* file, WallClock::time_point now) {
    const auto name = SpoolName::parse(file);
    struct stat status {};
    if (!name || ::fstatat(files_->descriptor(), file, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
        return;
    const Stamp stamp{status.st_ino, status.st_mtim.tv_sec, status.st_size};
    const auto age =
        std::chrono::abs(wall_seconds(now) - WallTime(std::chrono::seconds(status.st_mtim.tv_sec)));
    if (age < old_enough) return;
    const auto before = old_.find(*name);
    if (before != old_.end() && before->second == stamp)
        rescue(file);
    else if (as_old_.size() < max_old)
        as_old_.emplace(*name, stamp);
}

void SpoolRescue::rescue(const char* file) {
    const Fd ready(::open((directory_ + "/new").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (::renameat2(files_->descriptor(), file, ready.get(), file, RENAME_NOREPLACE) == 0) {
        ++rescued_;
        if (notes_.allows(Clock::now()))
            log::warning("an alert that its writer left unfinished in the spool is looked at",
                         {{"file", file}, {"kept_back", notes_.kept_back()}});
    } else if (complaints_.allows(Clock::now())) {
        log::warning(
            "a file that its writer left in the spool cannot be moved",
            {{"file", file}, {"detail", last_error().message()}, {"kept_back", complaints_.kept_back()}});
    }
}

}  // namespace enrichd
