#include "sources/files/file_watch.hpp"

#include <sys/inotify.h>
#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "net/tasks.hpp"

namespace enrichd {
namespace {

/// What a busy writer does meanwhile is one hint.
constexpr auto pause = std::chrono::milliseconds(5);

}  // namespace

FileWatch::FileWatch(asio::io_context& io, const std::string& name, Hint hint)
    : events_(io),
      directory_(std::filesystem::path(name).parent_path().string()),
      base_(std::filesystem::path(name).filename().string()),
      hint_(std::move(hint)) {
    Fd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (inotify)
        events_.assign(inotify.release());
    else
        log::warning("inotify is not to be had; a file that is followed is looked at every second",
                     {{"file", name}, {"detail", last_error().message()}});
}

void FileWatch::watch(int file) {
    if (!events_.is_open()) return;
    if (file_ >= 0) ::inotify_rm_watch(events_.native_handle(), file_);
    const std::string open_file = "/proc/self/fd/" + std::to_string(file);
    file_ = ::inotify_add_watch(events_.native_handle(), open_file.c_str(), IN_MODIFY);
    watch_directory();
}

void FileWatch::watch_directory() {
    ::inotify_add_watch(events_.native_handle(), directory_.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

task<void> FileWatch::run() {
    if (!events_.is_open()) co_return;
    watch_directory();
    alignas(inotify_event) std::array<char, 4096> buffer{};
    for (bool awake = true; awake;) {
        auto [ec, size] = co_await events_.async_read_some(asio::buffer(buffer), nothrow);
        if (ec) co_return;
        hint_(is_about_name({buffer.data(), size}));
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

bool FileWatch::is_about_name(std::string_view events) const {
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event{};
        std::memcpy(&event, events.data(), sizeof event);
        if (event.len > 0 && base_ == events.data() + sizeof event) return true;
        events.remove_prefix(std::min<std::size_t>(events.size(), sizeof event + event.len));
    }
    return false;
}

}  // namespace enrichd
