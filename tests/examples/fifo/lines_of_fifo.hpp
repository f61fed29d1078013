// An example of a source, which docs/dev/adding-a-source.md walks through: programs write alerts into a FIFO,
// one a line. A line of more than 1 MiB counts as too long, and is skipped.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "net/tasks.hpp"
#include "pipeline/submit.hpp"

namespace enrichd::examples {

class LinesOfFifo {
  public:
    /// Opens it, or makes it. `unsafe` hears of each line that is not safe: nobody can be asked for it again.
    static result<Fd> open(const std::string& path);

    LinesOfFifo(asio::io_context& io, Submit& submit, std::function<void()> unsafe)
        : io_(io), submit_(submit), unsafe_(std::move(unsafe)) {}

    /// Reads until it is cancelled.
    task<void> run(Fd fifo);

    const SourceCounts& counts() const { return counts_; }

  private:
    void take(std::string_view line);
    void refuse_long_line();

    asio::io_context& io_;
    Submit& submit_;
    std::function<void()> unsafe_;
    SourceCounts counts_;
};

}  // namespace enrichd::examples
