#include "intake/spool.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <functional>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/fd.hpp"

namespace enrichd {
namespace {

/// Names taken from the directory in one go; it may hold far more.
constexpr std::size_t max_listed = 20'000;

/// How often it is seen whether the journal takes alerts again, or the directory can be read.
constexpr Clock::duration in_trouble = std::chrono::seconds(1);

/// How long an alert is in work, most often much less, before it is safe.
constexpr Clock::duration until_safe = std::chrono::milliseconds(100);

/// How long nothing is begun after an alert that could not be made safe.
constexpr Clock::duration first_pause = std::chrono::milliseconds(100);
constexpr Clock::duration longest_pause = std::chrono::seconds(5);

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

std::uint64_t bytes_in(const std::string& directory) {
    std::uint64_t sum = 0;
    std::error_code ec;
    std::filesystem::directory_iterator files(directory, ec);
    for (; !ec && files != std::filesystem::directory_iterator(); files.increment(ec)) {
        std::error_code gone;
        const auto size = files->file_size(gone);
        if (!gone) sum += size;
    }
    return sum;
}

}  // namespace

std::optional<SpoolName> SpoolName::parse(std::string_view text) {
    SpoolName name;
    if (text.size() < WIRE_SPOOL_NAME) return std::nullopt;
    const char* digits_end = text.data() + WIRE_SPOOL_NAME;
    const auto id = std::from_chars(text.data(), digits_end, name.id, 16);
    if (id.ec != std::errc{} || id.ptr != digits_end || name.id == 0) return std::nullopt;
    text.remove_prefix(WIRE_SPOOL_NAME);
    if (text == WIRE_SPOOL_ACTIVE_RESPONSE)
        name.destination = Destination::active_response;
    else if (!text.empty())
        return std::nullopt;
    return name;
}

Spool::Spool(asio::io_context& io, Tasks& work, Enricher& enricher, const Journal& journal, Recent& recent,
             const SpoolOptions& options)
    : io_(io),
      work_(work),
      enricher_(enricher),
      journal_(journal),
      recent_(recent),
      options_(options),
      reader_(options.reader),
      wake_(io, Clock::time_point::max()) {}

void Spool::configure(const SpoolOptions& options) {
    options_.max_bytes = options.max_bytes;
    reader_.configure(options.reader);
    size_.set_limit(options_.max_bytes);
    // Whoever mended the rights of a file that was left alone says so by a reload.
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
    size_.set_used(bytes_in(path("new", "")));
    refused_ = size_.refused();
    return {};
}

task<void> Spool::watch() {
    while (!stopping_) {
        if (waiting_.empty() && more_) scan();
        note_refusals();
        if (start_some()) {
            co_await asio::post(io_, asio::use_awaitable);  // let the others have the loop
            continue;
        }
        wake_.expires_after(until_next_look());
        auto [woken] = co_await wake_.async_wait(nothrow);
        if (!woken) more_ = true;
    }
}

task<void> Spool::listen() {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0 || ::inotify_add_watch(fd, path("new", "").c_str(), IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
        log::warning("the spool cannot be watched; it is read every 10 s",
                     {{"detail", last_error().message()}});
        if (fd >= 0) ::close(fd);
        co_return;
    }
    asio::posix::stream_descriptor events(io_, fd);
    std::array<char, 4096> unused{};
    for (;;) {
        more_ = true;  // also once before the first event: a file may have come before the watch
        wake_.cancel();
        auto [ec, size] = co_await events.async_read_some(asio::buffer(unused), nothrow);
        if (ec) co_return;
    }
}

/// Only here is seen what the shims had to refuse.
void Spool::note_refusals() {
    const std::uint64_t now = size_.refused();
    const std::uint64_t before = std::exchange(refused_, now);
    if (now > before)
        log::error("the spool is full; alerts were refused and are lost",
                   {{"alerts", now - before}, {"bytes", size_.used()}});
    if (now != before)
        refused_lately_ = true;
    else if (!full())
        refused_lately_ = false;
}

void Spool::scan() {
    more_ = false;
    again_ = false;
    trouble_.reset();
    size_.look(options_.directory);
    std::vector<std::string> found;
    std::error_code ec;
    std::filesystem::directory_iterator files(path("new", ""), ec);
    for (; !ec && files != std::filesystem::directory_iterator(); files.increment(ec)) {
        std::string file = files->path().filename().string();
        if (taken_.contains(file) || left_alone_.contains(file)) continue;
        if (SpoolName::parse(file))
            found.push_back(std::move(file));
        else if (odd_files_.allows(Clock::now()))
            log::warning("a file in the spool is not ours; it is left there",
                         {{"file", file}, {"kept_back", odd_files_.kept_back()}});
        if (found.size() >= 2 * max_listed) keep_first(found);
    }
    if (ec) {
        trouble_ = error(ec.value(), boost::system::system_category());
        if (complaints_.allows(Clock::now()))
            log::error("the spool cannot be read",
                       {{"directory", path("new", "")}, {"detail", ec.message()}});
    }
    scanned_ = !ec;
    keep_first(found);
    if (scanned_ && found.empty() && in_hand_ == 0)
        size_.set_used(0);  // what went wrong in counting ends here
    waiting_.assign(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

/// Sorts, and leaves what is too much for the next scan.
void Spool::keep_first(std::vector<std::string>& found) {
    std::sort(found.begin(), found.end());
    if (found.size() <= max_listed) return;
    found.resize(max_listed);
    more_ = true;
}

Clock::duration Spool::until_next_look() const {
    if (journal_.refusal() || trouble_) return in_trouble;
    if (paused_until_ > Clock::now()) return paused_until_ - Clock::now();
    return again_ ? until_safe : options_.rescan;
}

/// While the journal takes nothing, what is spooled is safe where it is.
bool Spool::may_start() const {
    return !stopping_ && !waiting_.empty() && in_hand_ < options_.in_hand && !journal_.refusal() &&
           paused_until_ <= Clock::now();
}

/// It could not be made safe: neither its event kept nor an output written. The others would not fare better
/// now.
void Spool::not_safe(const std::string& file) {
    waiting_.insert(std::lower_bound(waiting_.begin(), waiting_.end(), file), file);
    const Clock::time_point now = Clock::now();
    if (paused_until_ > now) return;
    pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
    paused_until_ = now + pause_;
}

/// Begins a bounded number. True when more could be begun at once.
bool Spool::start_some() {
    for (std::size_t begun = 0; begun < max_begun; ++begun) {
        if (!may_start()) return waiting_.empty() && more_ && !stopping_;
        std::string file = std::move(waiting_.front());
        waiting_.pop_front();
        const auto name = SpoolName::parse(file);
        if (!name || !taken_.insert(file).second) continue;
        work_.spawn("spooled alert", work_on(std::move(file), *name));
    }
    return may_start();
}

/// A place among the files in hand, given up as soon as the alert needs its file no more.
class Spool::Place {
  public:
    Place(Spool& spool, const std::string& file) : spool_(spool), file_(file) { ++spool_.in_hand_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { give_up(); }
    void give_up() {
        if (std::exchange(given_up_, true)) return;
        spool_.taken_.erase(file_);
        --spool_.in_hand_;
        if (!spool_.waiting_.empty() || spool_.more_) spool_.wake_.cancel();
    }

  private:
    Spool& spool_;
    const std::string& file_;
    bool given_up_ = false;
};

task<void> Spool::work_on(std::string file, SpoolName name) {
    Place place(*this, file);
    const auto bytes = read(file);
    auto read_job = bytes ? reader_.read(*bytes, name.destination) : result<Job>(bytes.error());
    const std::size_t size = bytes ? bytes->size() : 0;
    if (!read_job) {
        reject(file, size, read_job.error());
        co_return;
    }
    Job job = *std::move(read_job);
    const Recent::Seen seen = recent_.take(job.hash);
    if (seen == Recent::Seen::safe) {
        ++counts_.duplicates;
        remove(file, size);
    }
    if (seen == Recent::Seen::in_work) {  // looked at again when that is safe
        again_ = true;
        wake_.cancel();
    }
    if (seen != Recent::Seen::never) co_return;
    auto settle = [&](bool safe) {
        recent_.settle(job.hash, safe);
        if (safe) {
            ++counts_.received;
            pause_ = {};
            remove(file, size);
        } else {
            not_safe(file);
        }
        place.give_up();
    };
    job.on_settled = std::ref(settle);
    co_await enricher_.trip(job);
}

result<std::string> Spool::read(const std::string& file) const {
    const Fd fd(::open(path("new", file).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return error(EINVAL, boost::system::system_category());
    if (status.st_size > static_cast<off_t>(WIRE_MAX_ALERT)) return errc::alert_too_long;
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t size = ::read(fd.get(), bytes.data(), bytes.size());
    if (size < 0) return last_error();
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

void Spool::remove(const std::string& file, std::size_t bytes) {
    if (::unlink(path("new", file).c_str()) == 0) {
        size_.removed(bytes);
    } else if (errno != ENOENT) {
        trouble_ = last_error();
        log::error("a finished alert cannot be removed from the spool",
                   {{"file", file}, {"detail", last_error().message()}});
        left_alone_.insert(file);  // not to be worked on again
    }
}

/// What no reader can use is removed, with a word; what we cannot read stays, for who can mend it.
void Spool::reject(const std::string& file, std::size_t bytes, const error& reason) {
    counts_.rejected.add(label(reason));
    const bool ours = reason.category() == make_error_code(errc::cancelled).category();
    if (passes(reason)) {  // the next look may find it readable
        trouble_ = reason;
        if (complaints_.allows(Clock::now()))
            log::error("spooled alerts cannot be read now; they wait", {{"detail", reason.message()}});
        return;
    }
    log::warning(
        ours ? "a spooled alert is refused and removed" : "a spooled alert cannot be read; it is left there",
        {{"file", file}, {"reason", label(reason)}, {"detail", reason.message()}});
    if (ours)
        remove(file, bytes);
    else
        left_alone_.insert(file);
}

std::string Spool::path(std::string_view folder, std::string_view file) const {
    return options_.directory + "/" + std::string(folder) + "/" + std::string(file);
}

}  // namespace enrichd
