// Wazuh's queue socket: analysisd reads one event a datagram, `1:LOCATION:JSON`.
#pragma once

#include <sys/stat.h>
#include <sys/uio.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "outputs/output.hpp"
#include "outputs/wazuh_queue/sent_lately.hpp"

namespace enrichd {

class WazuhQueue final : public Output {
  public:
    /// analysisd cuts what is longer, silently.
    static constexpr std::size_t max_datagram = 65'535;

    /// What its socket took so short a time before analysisd ended is lost with it: it is sent once more to
    /// the next one.
    static constexpr std::chrono::seconds may_be_lost{2};

    /// `path` is `<wazuh.home>/queue/sockets/queue`. Nothing is opened before the first event.
    explicit WazuhQueue(std::string path, std::function<Clock::time_point()> now = Clock::now)
        : path_(std::move(path)), now_(std::move(now)) {}

    std::string_view name() const override { return "wazuh"; }
    std::string_view advice() const override {
        return "Check that Wazuh's analysisd runs. Events wait in the state file.";
    }

    std::string address() const override { return path_; }

    bool takes(const Event& event) const override { return event.destination == Destination::siem; }

    /// Connects by path when it is not connected. A restarted analysisd has a new socket under the old path:
    /// the send that meets it fails (ECONNREFUSED, then ENOTCONN), and is repeated at once on a new
    /// connection.
    [[nodiscard]] result<void> try_now(const Event& event) override;

    /// Also sees whether the reader of what was sent lately is still there, and sends it again to the next.
    [[nodiscard]] result<void> probe() override;
    bool restless() const override { return !lately_.empty(); }

    /// What the last reader took with it, as long as there is no next one.
    std::vector<Event> take_back() override;

  private:
    error connect();
    bool reader_is_gone() const;
    error send_again();
    error write(const iovec* parts, std::size_t count);
    void lost(const error& failure);

    std::string path_;
    std::function<Clock::time_point()> now_;
    Fd socket_;
    struct stat reader_ {};  // its socket's file when we connected
    SentLately lately_;
    std::size_t again_ = 0;  // of these, the oldest, which the reader took with it
};

}  // namespace enrichd
