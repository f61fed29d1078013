#include "intake/spool.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/fd.hpp"

namespace enrichd {
namespace {

/// Names taken from the directory in one go; it may hold far more.
constexpr std::size_t max_listed = 10'000;

error last_error() {
    return {errno, boost::system::system_category()};
}

error write_whole(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t step = ::write(fd, bytes.data(), bytes.size());
        if (step < 0) return last_error();
        bytes.remove_prefix(static_cast<std::size_t>(step));
    }
    return ::fsync(fd) == 0 ? error() : last_error();
}

error make_directory(const std::string& path, int group) {
    if (::mkdir(path.c_str(), 0770) != 0) return errno == EEXIST ? error() : last_error();
    // Only what we made is changed: an administrator's rights stay.
    if (group >= 0 && ::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) != 0)
        return last_error();
    return ::chmod(path.c_str(), 0770) == 0 ? error() : last_error();
}

}  // namespace

std::string SpoolName::text() const {
    std::string out(WIRE_SPOOL_NAME, '0');
    wire_spool_name(out.data(), id);
    if (asked) out.append("-").append(std::to_string(asked->time_since_epoch().count()));
    return out;
}

std::optional<SpoolName> SpoolName::parse(std::string_view text) {
    SpoolName name;
    const char* end = text.data() + text.size();
    const char* digits_end = text.data() + WIRE_SPOOL_NAME;
    if (text.size() < WIRE_SPOOL_NAME) return std::nullopt;
    const auto id = std::from_chars(text.data(), digits_end, name.id, 16);
    if (id.ec != std::errc{} || id.ptr != digits_end || name.id == 0) return std::nullopt;
    if (digits_end == end) return name;
    std::int64_t seconds = 0;
    const auto asked = std::from_chars(digits_end + 1, end, seconds);
    if (*digits_end != '-' || asked.ec != std::errc{} || asked.ptr != end) return std::nullopt;
    name.asked = WallTime(std::chrono::seconds(seconds));
    return name;
}

Spool::Spool(asio::io_context& io, Tasks& work, Enricher& enricher, Recent& recent,
             const SpoolOptions& options)
    : io_(io),
      work_(work),
      enricher_(enricher),
      recent_(recent),
      options_(options),
      fields_(options.fields),
      wake_(io, Clock::time_point::max()) {}

void Spool::configure(const SpoolOptions& options) {
    options_.max_alert_bytes = options.max_alert_bytes;
    options_.fields = options.fields;
    fields_ = AlertFields(options.fields);
    // Whoever mended the rights of a file that was left alone says so by a reload.
    std::erase_if(taken_, [&](const std::string& file) { return !in_hand_.contains(file); });
    more_ = true;
    wake_.cancel();
}

result<void> Spool::prepare(int group) {
    for (const std::string& directory :
         {options_.directory, options_.directory + "/tmp", options_.directory + "/new"})
        if (const error failure = make_directory(directory, group)) return failure;
    return {};
}

task<void> Spool::watch() {
    while (!stopping_) {
        if (waiting_.empty() && more_) scan();
        start_some();
        wake_.expires_after(options_.rescan);
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

void Spool::scan() {
    more_ = false;
    trouble_.reset();
    std::error_code ec;
    std::filesystem::directory_iterator files(path("new", ""), ec);
    for (; !ec && files != std::filesystem::directory_iterator(); files.increment(ec)) {
        if (waiting_.size() == max_listed) {
            more_ = true;
            break;
        }
        std::string file = files->path().filename().string();
        if (taken_.contains(file)) continue;
        if (SpoolName::parse(file))
            waiting_.push_back(std::move(file));
        else if (odd_files_.allows(Clock::now()))
            log::warning("a file in the spool is not ours; it is left there",
                         {{"file", file}, {"kept_back", odd_files_.kept_back()}});
    }
    if (ec) {
        trouble_ = error(ec.value(), boost::system::system_category());
        log::error("the spool cannot be read", {{"directory", path("new", "")}, {"detail", ec.message()}});
    }
    scanned_ = !ec;
    std::sort(waiting_.begin(), waiting_.end());
}

void Spool::start_some() {
    while (!stopping_ && !waiting_.empty() && in_hand_.size() < options_.in_hand) {
        std::string file = std::move(waiting_.front());
        waiting_.pop_front();
        const auto name = SpoolName::parse(file);
        if (!name || !taken_.insert(file).second) continue;
        in_hand_.emplace(file, nullptr);
        work_.spawn("spooled alert", work_on(std::move(file), *name));
    }
}

/// A place among the files in hand, given up however the work ends.
class Spool::Place {
  public:
    Place(Spool& spool, std::string file) : spool_(spool), file_(std::move(file)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        spool_.in_hand_.erase(file_);
        if (!spool_.waiting_.empty() || spool_.more_) spool_.wake_.cancel();
    }

  private:
    Spool& spool_;
    std::string file_;
};

task<void> Spool::work_on(std::string file, SpoolName name) {
    const Place place(*this, file);
    auto bytes = read(file);
    if (recent_.knows(name.id)) {
        ++counts_.duplicates;
        remove(file);
        co_return;
    }
    auto alert = bytes ? decode_alert(*bytes, fields_) : result<Alert>(bytes.error());
    if (!alert) {
        reject(file, alert.error());
        co_return;
    }
    ++counts_.received;
    recent_.note(name.id);
    Job job{*std::move(alert), Clock::now(), {}, {}};
    if (name.asked) job.asked = {name.asked, 1};
    in_hand_[file] = &job;
    // A trip that was cancelled leaves the file for the next start.
    const bool done = co_await enricher_.trip(job);
    if (done) remove(file);
}

result<std::string> Spool::read(const std::string& file) const {
    const Fd fd(::open(path("new", file).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return error(EINVAL, boost::system::system_category());
    if (static_cast<std::size_t>(status.st_size) > options_.max_alert_bytes) return errc::alert_too_long;
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t size = ::read(fd.get(), bytes.data(), bytes.size());
    if (size < 0) return last_error();
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

void Spool::remove(const std::string& file) {
    if (::unlink(path("new", file).c_str()) != 0 && errno != ENOENT) {
        trouble_ = last_error();
        log::error("a finished alert cannot be removed from the spool",
                   {{"file", file}, {"detail", last_error().message()}});
        return;  // it stays among the taken, so that it is not worked on again
    }
    taken_.erase(file);
}

/// What no reader can use is removed, with a word; what we cannot read stays, for who can mend it.
void Spool::reject(const std::string& file, const error& reason) {
    counts_.rejected.add(label(reason));
    const bool ours = reason.category() == make_error_code(errc::cancelled).category();
    log::warning(
        ours ? "a spooled alert is refused and removed" : "a spooled alert cannot be read; it is left there",
        {{"file", file}, {"reason", label(reason)}, {"detail", reason.message()}});
    if (ours) remove(file);
}

result<void> Spool::write(std::uint64_t id, std::string_view alert, const Asked& asked) {
    const std::string file = SpoolName{id, asked.first}.text();
    const std::string draft = path("tmp", file);
    const Fd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd) return last_error();
    error failure = write_whole(fd.get(), alert);
    if (!failure && ::rename(draft.c_str(), path("new", file).c_str()) != 0) failure = last_error();
    if (failure) {
        ::unlink(draft.c_str());
        return failure;
    }
    return {};
}

void Spool::note_what_was_asked() {
    for (const auto& [file, job] : in_hand_) {
        const auto name = SpoolName::parse(file);
        if (!job || !name || job->asked.first == name->asked) continue;
        const std::string renamed = SpoolName{name->id, job->asked.first}.text();
        if (::rename(path("new", file).c_str(), path("new", renamed).c_str()) != 0)
            log::error("a spooled alert cannot be renamed; its first contact may be lost",
                       {{"file", file}, {"detail", last_error().message()}});
    }
}

std::string Spool::path(std::string_view folder, std::string_view file) const {
    return options_.directory + "/" + std::string(folder) + "/" + std::string(file);
}

}  // namespace enrichd
