// The other end of the admin socket, for the verbs.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/fd.hpp"

namespace enrichd {

class ControlClient {
  public:
    /// Connects to the daemon that listens at `path`. When it cannot, failure() says why and what to do.
    explicit ControlClient(const std::string& path);

    const std::string& failure() const { return failure_; }

    /// Nobody listens there, or there is no such socket: no daemon runs with this configuration.
    bool nobody() const { return nobody_; }

    /// Sends a JSON object and waits for the answer, which is one too, at most a minute. Nothing when it
    /// failed, or the daemon said no: failure() has the reason.
    std::optional<std::string> ask(const std::string& question);

    /// Sends a question whose answer has no end, and hands over each line until `each` returns false: an
    /// empty one when none came for `silence`, at the latest. False when it could not be sent, or the daemon
    /// ended it.
    bool each_line(const std::string& question, const std::function<bool(const std::string& line)>& each,
                   std::chrono::milliseconds silence = std::chrono::minutes(1));

  private:
    bool send(const std::string& question);
    std::optional<std::string> failed(const std::string& why);

    Fd socket_;
    std::string path_;
    std::string failure_;
    bool nobody_ = false;
    std::string buffer_;
};

}  // namespace enrichd
