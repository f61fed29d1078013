// inotify on new/: reports files that come, until the directory is removed or replaced, and then watches the
// new one.
#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "sources/spool/spool_queue.hpp"

namespace enrichd {

class SpoolWatcher {
  public:
    /// `changed` is called when a scan may find new files. A directory that cannot be watched is tried again
    /// after `retry_after`. `io` and `queue` outlive this.
    SpoolWatcher(asio::io_context& io, std::string directory, Clock::duration retry_after, SpoolQueue& queue,
                 std::function<void()> changed);

    /// Watches until it is cancelled.
    task<void> run();

  private:
    bool note(std::string_view events);

    asio::io_context& io_;
    std::string directory_;
    Clock::duration retry_after_;
    SpoolQueue& queue_;
    std::function<void()> changed_;
};

}  // namespace enrichd
