// Reports at once what happens to a followed file. Only a hint: the file is looked at every second all the
// same.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "base/task.hpp"

namespace enrichd {

class FileWatch {
  public:
    /// Takes a hint: something was written, or the name may be another file's.
    using Hint = std::function<void(bool other_file)>;

    FileWatch(asio::io_context& io, const std::string& name, Hint hint);

    /// From now on this file is read, by its descriptor, under whatever name others write into it.
    void watch(int file);

    /// Until it is cancelled. Without inotify it ends at once.
    task<void> run();
    void stop() { events_.close(); }

  private:
    void watch_directory();
    bool is_about_name(std::string_view events) const;

    asio::posix::stream_descriptor events_;
    const std::string directory_;
    const std::string base_;  // the name within it
    Hint hint_;
    int file_ = -1;  // the watch
};

}  // namespace enrichd
