#include "sources/spool/spool_watcher.hpp"

#include <sys/inotify.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "net/tasks.hpp"

namespace enrichd {

SpoolWatcher::SpoolWatcher(asio::io_context& io, std::string directory, Clock::duration retry_after,
                           SpoolQueue& queue, std::function<void()> changed)
    : io_(io),
      directory_(std::move(directory)),
      retry_after_(retry_after),
      queue_(queue),
      changed_(std::move(changed)) {}

task<void> SpoolWatcher::run() {
    for (bool reported = false;;) {
        Fd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        const bool watched =
            watch && ::inotify_add_watch(watch.get(), directory_.c_str(),
                                         IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF) >= 0;
        if (!watched && !reported)
            log::warning("the spool cannot be watched; it is read every 10 s",
                         {{"detail", last_error().message()}});
        reported = !watched;
        asio::posix::stream_descriptor events(io_);
        if (watched) events.assign(watch.release());
        alignas(inotify_event) std::array<char, 4096> buffer{};
        for (bool there = watched; there;) {
            changed_();  // also once before the first event: a file may have come before the watch
            auto [ec, size] = co_await events.async_read_some(asio::buffer(buffer), nothrow);
            if (ec) co_return;
            there = note({buffer.data(), size});
        }
        // There is no such directory now, or another one.
        const bool slept = co_await sleep_until(Clock::now() + retry_after_);
        if (!slept) co_return;
    }
}

/// False when the directory is not there any more.
bool SpoolWatcher::note(std::string_view events) {
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event{};
        std::memcpy(&event, events.data(), sizeof event);
        const char* const name = events.data() + sizeof event;
        if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) return false;
        const auto arrived = event.len > 0 ? SpoolName::parse(name) : std::nullopt;
        if (arrived) queue_.note_arrival(*arrived);
        events.remove_prefix(std::min<std::size_t>(events.size(), sizeof event + event.len));
    }
    return true;
}

}  // namespace enrichd
