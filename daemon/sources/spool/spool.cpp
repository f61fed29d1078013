#include "sources/spool/spool.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "base/fd.hpp"

namespace enrichd {
namespace {

/// How often it is seen whether the journal takes alerts again, or the directory can be read.
constexpr Clock::duration in_trouble = std::chrono::seconds(1);

/// Files begun in one turn of the loop.
constexpr std::size_t max_begun = 64;

/// Makes what is missing. An administrator's rights stay: only what we made is changed.
error make_directory(const std::string& path, int group) {
    if (::mkdir(path.c_str(), 0770) != 0) return errno == EEXIST ? error() : last_error();
    const bool given =
        group < 0 || ::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0;
    const error failure = given ? error() : last_error();
    if (::chmod(path.c_str(), 0770) != 0) return last_error();
    return failure;
}

/// What is wrong with us, not with the file.
bool passes(const error& reason) {
    using namespace boost::system::errc;
    return reason == too_many_files_open || reason == too_many_files_open_in_system ||
           reason == not_enough_memory;
}

}  // namespace

Spool::Spool(asio::io_context& io, Tasks& work, Submit& submit, const Journal& journal,
             const SpoolOptions& options)
    : io_(io),
      work_(work),
      submit_(submit),
      journal_(journal),
      options_(options),
      wake_(io, Clock::time_point::max()),
      pace_(options.pace),
      rescue_(options.directory) {}

void Spool::configure(const SpoolOptions& options) {
    options_.max_bytes = options.max_bytes;
    size_.set_limit(options_.max_bytes);
    // Whoever fixed the rights of a file that was left alone says so by a reload.
    left_alone_.clear();
    more_ = true;
    wake_.cancel();
}

result<void> Spool::prepare(int group) {
    error first;
    for (const char* folder : {"", "/tmp", "/new"}) {
        const error failure = make_directory(options_.directory + folder, group);
        if (failure && !first) first = failure;  // the others may still be made
    }
    if (first) return first;
    if (const error uncounted = size_.open(options_.directory, group)) return uncounted;
    size_.set_limit(options_.max_bytes);
    refused_ = reported_ = size_.refused();
    return {};
}

task<void> Spool::watch() {
    while (!stopping_) {
        try_deferred_again();
        const bool looked = look_through();
        const bool sought = look_for_lost();
        const bool begun = start_some();
        if (looked || sought || begun) {
            co_await asio::post(io_, asio::use_awaitable);  // let the others have the loop
            continue;
        }
        note_refusals();
        wake_.expires_at(next_look());
        co_await wake_.async_wait(nothrow);
        if (Clock::now() < next_scan_) continue;
        more_ = due_again_ = rescuing_ = true;
        next_scan_ = Clock::now() + options_.rescan;
    }
}

/// When something may be due that nobody tells us.
Clock::time_point Spool::next_look() const {
    Clock::time_point next = next_scan_;
    if (!deferred_.empty()) next = std::min(next, pace_.next_try());
    if (!waiting_.empty()) {
        const Clock::time_point soon = Clock::now() + in_trouble;
        next = std::min(next, journal_.refusal() ? soon : std::max(pace_.stopped_until(), Clock::now()));
        if (in_flight_ > 0 && !journal_.refusal()) next = std::min(next_scan_, soon);  // their end wakes us
    }
    return next;
}

task<void> Spool::listen() {
    for (bool told = false;;) {
        Fd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        const bool watched =
            watch && ::inotify_add_watch(watch.get(), path("new", "").c_str(),
                                         IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF) >= 0;
        if (!watched && !told)
            log::warning("the spool cannot be watched; it is read every 10 s",
                         {{"detail", last_error().message()}});
        told = !watched;
        asio::posix::stream_descriptor events(io_);
        if (watched) events.assign(watch.release());
        alignas(inotify_event) std::array<char, 4096> buffer{};
        for (bool there = watched; there;) {
            more_ = true;  // also once before the first event: a file may have come before the watch
            wake_.cancel();
            auto [ec, size] = co_await events.async_read_some(asio::buffer(buffer), nothrow);
            if (ec) co_return;
            there = note_events({buffer.data(), size});
        }
        // There is no such directory now, or another one.
        const bool slept = co_await sleep_until(Clock::now() + options_.rescan);
        if (!slept) co_return;
    }
}

/// False when the directory is not there any more.
bool Spool::note_events(std::string_view events) {
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event{};
        std::memcpy(&event, events.data(), sizeof event);
        const char* const name = events.data() + sizeof event;
        if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) return false;
        if (event.len > 0 && SpoolName::parse(name)) ++arrived_;
        events.remove_prefix(std::min<std::size_t>(events.size(), sizeof event + event.len));
    }
    return true;
}

/// Only here is seen what the shims had to refuse.
void Spool::note_refusals() {
    const std::uint64_t now = size_.refused();
    const std::uint64_t before = std::exchange(refused_, now);
    if (now < reported_) reported_ = now;
    if (now > reported_ && refusals_.allows(Clock::now())) {
        log::error("the spool is full; alerts were refused and are lost",
                   {{"alerts", now - reported_}, {"bytes", size_.used()}});
        reported_ = now;
    }
    if (now != before)
        refused_lately_ = true;
    else if (!full())
        refused_lately_ = false;
}

/// One step of a look through new/, if one is due. False when none is: there are files to begin with, and
/// the journal takes them.
bool Spool::look_through() {
    if (!scan_) {
        const bool due = waiting_.empty() || (due_again_ && journal_.refusal());
        if (!more_ || !due) return false;
        more_ = due_again_ = false;
        arrived_ = 0;
        size_.look(options_.directory);
        used_before_ = size_.used();
        scan_.emplace(path("new", ""), !measured_);
    }
    const auto known = [this](const SpoolName& name) {
        return taken_.contains(name) || left_alone_.contains(name);
    };
    const auto odd = [this](std::string_view file) {
        if (odd_files_.allows(Clock::now()))
            log::warning("a file in the spool is not ours; it is left there",
                         {{"file", file}, {"kept_back", odd_files_.kept_back()}});
    };
    if (!scan_->step(known, odd)) end_scan();
    return true;
}

void Spool::end_scan() {
    const error failure = scan_->failure();
    trouble_.reset();
    if (failure) {
        trouble_ = failure;
        if (complaints_.allows(Clock::now()))
            log::error("the spool cannot be read",
                       {{"directory", path("new", "")}, {"detail", failure.message()}});
    }
    scanned_ = !failure;
    const std::vector<SpoolName> names = scan_->oldest();
    left_out_ = scan_->left_out();
    if (left_out_ > 0) more_ = true;
    if (scanned_ && !measured_) {  // what was added meanwhile counts twice, until the spool is empty
        size_.correct(used_before_, scan_->bytes());
        measured_ = true;
    }
    if (scanned_ && scan_->found() == 0 && in_flight_ == 0)
        size_.set_used(0);  // what went wrong in counting ends here
    waiting_.assign(names.begin(), names.end());
    scan_.reset();
    next_scan_ = Clock::now() + (trouble_ ? in_trouble : Clock::duration(options_.rescan));
}

/// One step of a look through tmp/. False when none is due.
bool Spool::look_for_lost() {
    if (!rescuing_ || scan_) return false;
    rescuing_ = rescue_.step(WallClock::now());
    return true;
}

void Spool::try_deferred_again() {
    if (scan_ || deferred_.empty() || Clock::now() < pace_.next_try()) return;
    for (const SpoolName& name : deferred_) taken_.erase(name);
    waiting_.insert(waiting_.end(), deferred_.begin(), deferred_.end());
    deferred_.clear();
}

/// While the journal takes nothing, what is spooled is safe where it is.
bool Spool::may_start() const {
    return !stopping_ && !waiting_.empty() && pace_.may_begin(in_flight_, Clock::now()) &&
           !journal_.refusal();
}

/// Begins a bounded number. True when more could be begun at once.
bool Spool::start_some() {
    for (std::size_t begun = 0; begun < max_begun && may_start(); ++begun) {
        const SpoolName name = waiting_.front();
        waiting_.pop_front();
        if (taken_.insert(name).second) work_.run_now("spooled alert", [&] { work_on(name); });
    }
    return may_start() || (more_ && waiting_.empty() && !stopping_);
}

/// A place among the files in flight, released as soon as the alert needs its file no more.
class Spool::Place {
  public:
    Place(Spool& spool, SpoolName name) : spool_(spool), name_(name) { ++spool_.in_flight_; }
    Place(Place&& other) noexcept
        : spool_(other.spool_), name_(other.name_), given_up_(std::exchange(other.given_up_, true)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    ~Place() { give_up(); }
    void give_up() {
        if (std::exchange(given_up_, true)) return;
        spool_.taken_.erase(name_);
        leave();
    }
    /// Instead, when the file is to be tried again.
    void defer() {
        if (std::exchange(given_up_, true)) return;
        ++spool_.counts_.deferred;
        spool_.deferred_.push_back(name_);
        leave();
    }

  private:
    void leave() {
        --spool_.in_flight_;
        spool_.wake_.cancel();
    }

    Spool& spool_;
    const SpoolName name_;
    bool given_up_ = false;
};

/// A file whose alert waits.
class Spool::InFlight final : public Receiver {
  public:
    InFlight(Spool& spool, Place place, SpoolName name, std::size_t size)
        : spool_(spool), place_(std::move(place)), name_(name), size_(size) {}
    void settled(bool safe) override {
        if (!safe) {
            spool_.pace_.refused(Clock::now());
            place_.defer();
            return;
        }
        spool_.pace_.kept();
        spool_.remove(name_, size_);
        place_.give_up();
    }

  private:
    Spool& spool_;
    Place place_;
    const SpoolName name_;
    const std::size_t size_;
};

void Spool::work_on(SpoolName name) {
    Place place(*this, name);
    const auto bytes = read(name.text());
    if (!bytes) {
        const bool later = leave(name, bytes.error());
        if (later) place.defer();
        return;
    }
    auto taken = submit_.take(*bytes, name.destination, counts_);
    if (!taken) {
        refuse(name, bytes->size(), taken.error());
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
            place.defer();
            break;
        case Submit::Outcome::waits:
            submit_.go_on(std::move(taken->job),
                          std::make_unique<InFlight>(*this, std::move(place), name, bytes->size()));
            break;
    }
}

result<std::string> Spool::read(const std::string& file) const {
    const Fd fd(::open(path("new", file).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return error(EINVAL, boost::system::system_category());
    // One byte more than may be tells that it is too long.
    const auto most = static_cast<off_t>(WIRE_MAX_ALERT) + 1;
    std::string bytes(static_cast<std::size_t>(std::min(status.st_size, most)), '\0');
    const ssize_t size = ::read(fd.get(), bytes.data(), bytes.size());
    if (size < 0) return last_error();
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

void Spool::remove(SpoolName name, std::size_t bytes) {
    if (::unlink(path("new", name.text()).c_str()) == 0) {
        size_.removed(bytes);
    } else if (errno != ENOENT) {
        trouble_ = last_error();
        if (complaints_.allows(Clock::now()))
            log::error("a finished alert cannot be removed from the spool",
                       {{"file", name.text()},
                        {"detail", trouble_->message()},
                        {"kept_back", complaints_.kept_back()}});
        left_alone_.insert(name);  // not to be worked on again
    }
}

/// A file that cannot be read stays until an administrator fixes the cause. True when it is tried again soon.
bool Spool::leave(SpoolName name, const error& reason) {
    if (reason == boost::system::errc::no_such_file_or_directory) return false;  // somebody took it away
    if (passes(reason)) {
        trouble_ = reason;
        pace_.refused(Clock::now());
        if (complaints_.allows(Clock::now()))
            log::error("spooled alerts cannot be read now; they wait", {{"detail", reason.message()}});
        return true;
    }
    counts_.rejected.add(label(reason));
    if (rejections_.allows(Clock::now()))
        log::warning("a spooled alert cannot be read; it is left there",
                     {{"file", name.text()},
                      {"reason", label(reason)},
                      {"detail", reason.message()},
                      {"kept_back", rejections_.kept_back()}});
    left_alone_.insert(name);
    return false;
}

/// What is no alert is removed, with a word.
void Spool::refuse(SpoolName name, std::size_t bytes, const error& reason) {
    if (!asks_for_nothing(reason) && rejections_.allows(Clock::now()))
        log::warning("a spooled alert is refused and removed", {{"file", name.text()},
                                                                {"reason", label(reason)},
                                                                {"detail", reason.message()},
                                                                {"kept_back", rejections_.kept_back()}});
    remove(name, bytes);
}

std::string Spool::path(std::string_view folder, std::string_view file) const {
    return options_.directory + "/" + std::string(folder) + "/" + std::string(file);
}

}  // namespace enrichd
