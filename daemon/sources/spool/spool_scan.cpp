#include "sources/spool/spool_scan.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace enrichd {

bool SpoolScan::step(const std::function<bool(const SpoolName&)>& known,
                     const std::function<void(std::string_view)>& odd) {
    for (std::size_t looked_at = 0; looked_at < step_size; ++looked_at) {
        const char* const file = files_.next();
        if (!file) return false;
        if (const auto name = SpoolName::parse(file)) {
            ++found_;
            if (measure_) measure(file);
            if (!known(*name)) names_.push_back(*name);
            if (names_.size() >= 2 * most_) leave_out_the_youngest();
        } else {
            odd(file);
        }
    }
    return true;
}

void SpoolScan::measure(const char* file) {
    struct stat status {};
    if (::fstatat(files_.descriptor(), file, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
        bytes_ += static_cast<std::uint64_t>(status.st_size);
}

void SpoolScan::leave_out_the_youngest() {
    if (names_.size() <= most_) return;
    std::nth_element(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(most_), names_.end());
    left_out_ += names_.size() - most_;
    names_.resize(most_);
}

std::vector<SpoolName> SpoolScan::oldest() {
    leave_out_the_youngest();
    std::sort(names_.begin(), names_.end());
    return std::move(names_);
}

}  // namespace enrichd
