#include "sources/spool/spool_worker.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

namespace enrichd {
namespace {

/// How often it is tried whether the journal takes alerts again.
constexpr Clock::duration journal_retry = std::chrono::seconds(1);

/// Files begun in one step.
constexpr std::size_t max_begun = 64;

/// The cause is the daemon or the machine, not the file.
bool is_temporary(const error& reason) {
    using namespace boost::system::errc;
    return reason == too_many_files_open || reason == too_many_files_open_in_system ||
           reason == not_enough_memory;
}

/// The cause is the file, until somebody changes it. All else may be over at the next try, such as a disk
/// that failed once.
bool is_of_file(const error& reason) {
    using namespace boost::system::errc;
    return reason == permission_denied || reason == invalid_argument ||
           reason == too_many_symbolic_link_levels || reason == is_a_directory ||
           reason == no_such_device_or_address;
}

}  // namespace

/// A place among the files in flight, released as soon as the alert needs its file no more.
class SpoolWorker::FileSlot {
  public:
    FileSlot(SpoolWorker& worker, const SpoolName& name) : worker_(worker), name_(name) {}
    FileSlot(FileSlot&& other) noexcept
        : worker_(other.worker_), name_(other.name_), released_(std::exchange(other.released_, true)) {}
    FileSlot(const FileSlot&) = delete;
    FileSlot& operator=(const FileSlot&) = delete;
    FileSlot& operator=(FileSlot&&) = delete;
    ~FileSlot() { release(); }
    void release() {
        if (std::exchange(released_, true)) return;
        worker_.queue_.finish(name_);
        worker_.ended_();
    }
    /// Instead, when the file is to be tried again.
    void defer() {
        if (std::exchange(released_, true)) return;
        ++worker_.counts_.deferred;
        worker_.queue_.defer(name_);
        worker_.ended_();
    }

  private:
    SpoolWorker& worker_;
    const SpoolName name_;
    bool released_ = false;
};

/// A file whose alert waits.
class SpoolWorker::InFlight final : public Receiver {
  public:
    InFlight(SpoolWorker& worker, FileSlot slot, const SpoolName& name, std::size_t size)
        : worker_(worker), slot_(std::move(slot)), name_(name), size_(size) {}
    void settled(bool safe) override {
        if (!safe) {
            worker_.pace_.refused(Clock::now());
            slot_.defer();
            return;
        }
        worker_.pace_.kept();
        worker_.remove(name_, size_);
        slot_.release();
    }

  private:
    SpoolWorker& worker_;
    FileSlot slot_;
    const SpoolName name_;
    const std::size_t size_;
};

SpoolWorker::SpoolWorker(Tasks& work, Submit& submit, const Journal& journal, SpoolDirectory& directory,
                         SpoolQueue& queue, SpoolTrouble& trouble, const PaceOptions& pace)
    : work_(work),
      submit_(submit),
      journal_(journal),
      directory_(directory),
      queue_(queue),
      trouble_(trouble),
      pace_(pace) {}

bool SpoolWorker::start_some() {
    for (std::size_t begun = 0; begun < max_begun && may_start(); ++begun)
        if (const auto name = queue_.take()) work_.run_now("spooled alert", [&] { work_on(*name); });
    return may_start();
}

void SpoolWorker::retry_deferred() {
    if (queue_.has_deferred() && Clock::now() >= pace_.next_try()) queue_.retry_deferred();
}

bool SpoolWorker::journal_refuses() const {
    return journal_.refusal().has_value();
}

bool SpoolWorker::may_start() const {
    return !stopping_ && queue_.has_pending() && pace_.may_begin(queue_.in_flight(), Clock::now()) &&
           !journal_refuses();
}

Clock::time_point SpoolWorker::next_look(Clock::time_point next_scan) const {
    Clock::time_point next = next_scan;
    if (queue_.has_deferred()) next = std::min(next, pace_.next_try());
    if (queue_.has_pending()) {
        const Clock::time_point now = Clock::now();
        const Clock::time_point soon = now + journal_retry;
        next = std::min(next, journal_refuses() ? soon : std::max(pace_.stopped_until(), now));
        if (queue_.in_flight() > 0 && !journal_refuses())
            next = std::min(next_scan, soon);  // on_end is earlier
    }
    return next;
}

void SpoolWorker::work_on(const SpoolName& name) {
    FileSlot slot(*this, name);
    const auto bytes = directory_.read(name);
    if (!bytes) {
        const bool later = handle_unreadable(name, bytes.error());
        if (later) slot.defer();
        return;
    }
    auto taken = submit_.take(*bytes, name.destination, counts_);
    if (!taken) {
        trouble_.refused(name, taken.error());
        remove(name, bytes->size());
        return;
    }
    switch (taken->outcome) {
        case Submit::Outcome::safe:
            pace_.kept();
            remove(name, bytes->size());
            break;
        case Submit::Outcome::seen:
            remove(name, bytes->size());
            break;
        case Submit::Outcome::in_work:  // looked at again when that is safe
            pace_.later(Clock::now());
            slot.defer();
            break;
        case Submit::Outcome::waits:
            submit_.go_on(std::move(taken->job),
                          std::make_unique<InFlight>(*this, std::move(slot), name, bytes->size()));
            break;
    }
}

/// A file that cannot be removed is not to be worked on again.
void SpoolWorker::remove(const SpoolName& name, std::size_t bytes) {
    const error failure = directory_.remove(name, bytes);
    if (!failure) return;
    trouble_.cannot_remove(name, failure);
    queue_.leave_alone(name);
}

/// A file that cannot be read stays until an administrator fixes the cause. True when it is tried again soon.
bool SpoolWorker::handle_unreadable(const SpoolName& name, const error& reason) {
    if (reason == boost::system::errc::no_such_file_or_directory) return false;  // somebody took it away
    if (is_temporary(reason)) {
        trouble_.cannot_read_now(reason);
        pace_.refused(Clock::now());
        return true;
    }
    if (is_of_file(reason)) {
        counts_.rejected.add(label(reason));
        trouble_.cannot_read(name, reason);
        queue_.leave_alone(name);
    } else {
        ++counts_.deferred;
        trouble_.cannot_read_yet(name, reason);
        queue_.leave_until_scan(name);
    }
    return false;
}

}  // namespace enrichd
