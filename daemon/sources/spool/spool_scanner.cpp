#include "sources/spool/spool_scanner.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace enrichd {
namespace {

/// How often it is tried whether the directory can be read again.
constexpr Clock::duration directory_retry = std::chrono::seconds(1);

}  // namespace

bool SpoolScanner::request_by_time(Clock::time_point now) {
    if (now < next_by_time_) return false;
    requested_ = even_if_pending_ = true;
    next_by_time_ = now + interval_;
    return true;
}

bool SpoolScanner::step(bool journal_refuses) {
    if (!scan_) {
        const bool due = !queue_.has_pending() || (even_if_pending_ && journal_refuses);
        if (!requested_ || !due) return false;
        begin();
    }
    const auto known = [this](const SpoolName& name) { return queue_.known(name); };
    const auto odd = [this](std::string_view file) { trouble_.odd_file(file); };
    if (!scan_->step(known, odd)) end();
    return true;
}

void SpoolScanner::begin() {
    requested_ = even_if_pending_ = false;
    queue_.scan_begins();
    directory_.check_size_file();
    used_before_ = directory_.size().used();
    scan_.emplace(directory_.new_directory(), !measured_);
}

void SpoolScanner::end() {
    const error failure = scan_->failure();
    trouble_.scan_ended(directory_.new_directory(), failure);
    succeeded_ = !failure;
    const std::vector<SpoolName> oldest = scan_->oldest();
    if (scan_->left_out() > 0) requested_ = true;
    if (succeeded_ && !measured_) {  // what was added meanwhile counts twice, until the spool is empty
        directory_.size().correct(used_before_, scan_->bytes());
        measured_ = true;
    }
    if (succeeded_ && scan_->found() == 0 && queue_.in_flight() == 0)
        directory_.size().set_used(0);  // errors in counting end here
    queue_.scan_ended(oldest, scan_->left_out());
    scan_.reset();
    next_by_time_ = Clock::now() + (succeeded_ ? interval_ : directory_retry);
}

}  // namespace enrichd
