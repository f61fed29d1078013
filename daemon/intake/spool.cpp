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

#include "base/fd.hpp"

namespace enrichd {
namespace {

/// Names taken from the directory in one go; it may hold far more. Above what a stop can leave: Unfinished,
/// and what waits for OTX.
constexpr std::size_t max_listed = 70'000;

/// Files begun in one turn of the loop.
constexpr std::size_t max_begun = 64;

error last_error() {
    return {errno, boost::system::system_category()};
}

/// Where the part of a name begins that tells how far its alert has come.
constexpr std::size_t tail = WIRE_SPOOL_NAME + 1;

/// By its name alone: its question to Domain Stats was on the wire when it was spooled.
bool was_asked(std::string_view file) {
    return file.size() > tail && file[tail] >= '0' && file[tail] <= '9';
}

/// By its name alone: what was asked first, since its question must be there before a new alert for the same
/// domain asks; what only waits for OTX last.
int turn(std::string_view file) {
    if (file.size() <= tail) return 1;
    if (was_asked(file)) return 0;
    return file[tail] == 'o' || file[tail] == 'r' ? 2 : 1;
}

error write_whole(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t step = ::write(fd, bytes.data(), bytes.size());
        if (step < 0) return last_error();
        bytes.remove_prefix(static_cast<std::size_t>(step));
    }
    return {};
}

/// Makes what is missing. An administrator's rights stay: only what we made is changed.
error make_directory(const std::string& path, int group) {
    if (::mkdir(path.c_str(), 0770) != 0) return errno == EEXIST ? error() : last_error();
    const bool given =
        group < 0 || ::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0;
    const error failure = given ? error() : last_error();
    if (::chmod(path.c_str(), 0770) != 0) return last_error();
    return failure;
}

}  // namespace

std::string SpoolName::text() const {
    std::string out(WIRE_SPOOL_NAME, '0');
    wire_spool_name(out.data(), id);
    const bool response = destination == Destination::active_response;
    if (judged)
        out.append(response ? "-r" : "-o").append(std::to_string(static_cast<int>(*judged)));
    else if (response)
        out.append(WIRE_SPOOL_ACTIVE_RESPONSE);
    else if (asked)
        out.append("-").append(std::to_string(asked->time_since_epoch().count()));
    return out;
}

std::optional<SpoolName> SpoolName::parse(std::string_view text) {
    SpoolName name;
    if (text.size() < WIRE_SPOOL_NAME) return std::nullopt;
    const char* digits_end = text.data() + WIRE_SPOOL_NAME;
    const auto id = std::from_chars(text.data(), digits_end, name.id, 16);
    if (id.ec != std::errc{} || id.ptr != digits_end || name.id == 0) return std::nullopt;
    text.remove_prefix(WIRE_SPOOL_NAME);
    if (text.empty()) return name;
    if (text == WIRE_SPOOL_ACTIVE_RESPONSE) {
        name.destination = Destination::active_response;
        return name;
    }
    const bool response = text.starts_with("-r");
    if (response || text.starts_with("-o")) {
        if (text.size() != 3 || text[2] < '0' || text[2] > '0' + static_cast<int>(Suspicion::new_domain))
            return std::nullopt;
        if (response) name.destination = Destination::active_response;
        name.judged = static_cast<Suspicion>(text[2] - '0');
        return name;
    }
    std::int64_t seconds = 0;
    const char* end = text.data() + text.size();
    const auto asked = std::from_chars(text.data() + 1, end, seconds);
    if (text[0] != '-' || asked.ec != std::errc{} || asked.ptr != end) return std::nullopt;
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
      wake_(io, Clock::time_point::max()) {
    configure(options);
}

void Spool::configure(const SpoolOptions& options) {
    options_.max_alert_bytes = options.max_alert_bytes;
    options_.fields = options.fields;
    fields_ = AlertFields(options.fields);
    response_fields_ = fields_.within_active_response();
    std::vector<std::string> brief_first{brief_pointer};
    brief_first.insert(brief_first.end(), options.fields.begin(), options.fields.end());
    judged_fields_ = AlertFields(brief_first);
    // Whoever mended the rights of a file that was left alone says so by a reload.
    taken_.clear();
    for (const InHand& alert : in_hand_) taken_.insert(alert.file);
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
    return {};
}

task<void> Spool::watch() {
    while (!stopping_) {
        if (waiting_.empty() && more_) scan();
        if (start_some()) {
            co_await asio::post(io_, asio::use_awaitable);  // let the others have the loop
            continue;
        }
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
    std::vector<std::string> found;
    std::error_code ec;
    std::filesystem::directory_iterator files(path("new", ""), ec);
    for (; !ec && files != std::filesystem::directory_iterator(); files.increment(ec)) {
        std::string file = files->path().filename().string();
        if (taken_.contains(file)) continue;
        if (SpoolName::parse(file))
            found.push_back(std::move(file));
        else if (odd_files_.allows(Clock::now()))
            log::warning("a file in the spool is not ours; it is left there",
                         {{"file", file}, {"kept_back", odd_files_.kept_back()}});
        if (found.size() >= 2 * max_listed) keep_first(found);
    }
    if (ec) {
        trouble_ = error(ec.value(), boost::system::system_category());
        log::error("the spool cannot be read", {{"directory", path("new", "")}, {"detail", ec.message()}});
    }
    scanned_ = !ec;
    keep_first(found);
    waiting_.assign(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

/// Sorts, and leaves what is too much for the next scan.
void Spool::keep_first(std::vector<std::string>& found) {
    std::sort(found.begin(), found.end(), [](const std::string& a, const std::string& b) {
        return std::pair(turn(a), std::string_view(a)) < std::pair(turn(b), std::string_view(b));
    });
    if (found.size() <= max_listed) return;
    found.resize(max_listed);
    more_ = true;
}

/// Begins a bounded number. True when more could be begun at once. Alerts that were asked for before a stop
/// do not wait for a place: their questions must be there before a new alert for the same domain asks.
bool Spool::start_some() {
    const auto next_may_start = [this] {
        return !stopping_ && !waiting_.empty() && (was_asked(waiting_.front()) || places_ < options_.in_hand);
    };
    for (std::size_t begun = 0; begun < max_begun || (!waiting_.empty() && was_asked(waiting_.front()));
         ++begun) {
        if (!next_may_start()) return waiting_.empty() && more_ && !stopping_;
        std::string file = std::move(waiting_.front());
        waiting_.pop_front();
        const auto name = SpoolName::parse(file);
        if (!name || !taken_.insert(file).second) continue;
        work_.spawn("spooled alert", work_on(std::move(file), *name));
    }
    return next_may_start();
}

/// A place among the files in hand, given up however the work ends.
class Spool::Place {
  public:
    Place(Spool& spool, std::string file, SpoolName name)
        : spool_(spool), self_(spool.in_hand_.insert(spool.in_hand_.end(), {std::move(file), name})) {
        ++spool_.places_;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (!self_->aside) give_back();
        spool_.in_hand_.erase(self_);
    }
    void set_aside() {
        self_->aside = true;
        give_back();
    }
    InHand& operator*() const { return *self_; }
    InHand* operator->() const { return &*self_; }

  private:
    void give_back() {
        --spool_.places_;
        if (!spool_.waiting_.empty() || spool_.more_) spool_.wake_.cancel();
    }

    Spool& spool_;
    std::list<InHand>::iterator self_;
};

task<void> Spool::work_on(std::string file, SpoolName name) {
    Place place(*this, std::move(file), name);
    auto bytes = read(place->file);
    if (recent_.knows(name.id)) {
        ++counts_.duplicates;
        remove(place->file);
        co_return;
    }
    auto decoded = bytes ? decode(*bytes, name) : result<Job>(bytes.error());
    if (!decoded) {
        reject(place->file, decoded.error());
        co_return;
    }
    ++counts_.received;
    recent_.note(name.id);
    Job job = *std::move(decoded);
    job.on_set_aside = [&place] { place.set_aside(); };
    place->job = &job;
    // A trip that was cancelled leaves the file for the next start.
    const bool done = co_await enricher_.trip(job);
    if (done)
        remove(place->file);
    else
        note_progress(*place);
    place->job = nullptr;
}

result<Job> Spool::decode(const std::string& bytes, const SpoolName& name) const {
    if (name.destination == Destination::active_response && !name.judged)
        return job_of(decode_active_response(bytes, response_fields_));
    auto job = job_of(decode_alert(bytes, name.judged ? judged_fields_ : fields_));
    if (!job) return job;
    job->destination = name.destination;
    job->progress.judged = name.judged;
    if (name.asked) job->progress.asked = {name.asked, 1};
    return job;
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

std::size_t Spool::write(const std::list<Unfinished::Entry>& alerts) {
    std::vector<std::string> drafts;
    for (const Unfinished::Entry& one : alerts) {
        // Only what was set aside is brief; the line of an active response is read again as it came.
        const bool judged = one.destination == Destination::siem || one.aside;
        const std::string file =
            SpoolName{one.id, one.destination, judged ? one.progress().judged : std::nullopt,
                      one.progress().asked.first}
                .text();
        if (const error failure = draft(file, one.text()))
            log::error("an alert cannot be spooled", {{"file", file}, {"detail", failure.message()}});
        else
            drafts.push_back(file);
    }
    // One sync for all: one for each could take longer than a stop may.
    const Fd directory(::open(path("tmp", "").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::syncfs(directory.get()) != 0)
        log::error("the spool cannot be synced", {{"detail", last_error().message()}});
    std::size_t published = 0;
    for (const std::string& file : drafts) {
        if (::rename(path("tmp", file).c_str(), path("new", file).c_str()) == 0)
            ++published;
        else
            log::error("an alert cannot be spooled", {{"file", file}, {"detail", last_error().message()}});
    }
    return alerts.size() - published;
}

error Spool::draft(const std::string& file, std::string_view alert) const {
    const std::string name = path("tmp", file);
    const Fd fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd) return last_error();
    const error failure = write_whole(fd.get(), alert);
    if (failure) ::unlink(name.c_str());
    return failure;
}

void Spool::note_progress() {
    for (InHand& alert : in_hand_)
        if (alert.job) note_progress(alert);
}

void Spool::note_progress(InHand& alert) {
    if (alert.name.destination == Destination::active_response) return;  // it says so itself
    SpoolName name = alert.name;
    name.judged = alert.job->progress.judged;
    name.asked = alert.job->progress.asked.first;
    std::string renamed = name.text();
    if (renamed == alert.file) return;
    if (::rename(path("new", alert.file).c_str(), path("new", renamed).c_str()) != 0) {
        log::error("a spooled alert cannot be renamed; an event of it may be lost or told twice",
                   {{"file", alert.file}, {"detail", last_error().message()}});
        return;
    }
    taken_.insert(renamed);
    alert.file = std::move(renamed);
}

std::string Spool::path(std::string_view folder, std::string_view file) const {
    return options_.directory + "/" + std::string(folder) + "/" + std::string(file);
}

}  // namespace enrichd
