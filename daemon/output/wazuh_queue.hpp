// Wazuh's queue socket: analysisd reads one event a datagram, `1:LOCATION:JSON`.
#pragma once

#include <string>
#include <utility>

#include "base/fd.hpp"
#include "output/output.hpp"

namespace enrichd {

class WazuhQueue final : public Output {
  public:
    /// analysisd cuts what is longer, silently.
    static constexpr std::size_t max_datagram = 65'535;

    /// `path` is `<wazuh.home>/queue/sockets/queue`. Nothing is opened before the first event.
    explicit WazuhQueue(std::string path) : path_(std::move(path)) {}

    std::string_view name() const override { return "wazuh"; }

    bool takes(const Event& event) const override { return event.destination == Destination::siem; }

    /// Connects by path when it is not connected. A restarted analysisd has a new socket under the old path:
    /// the send that meets it fails (ECONNREFUSED, then ENOTCONN), and is repeated at once on a new
    /// connection.
    [[nodiscard]] result<void> write(const Event& event) override;
    [[nodiscard]] result<void> probe() override;

  private:
    error connect();
    error send(const Event& event);

    std::string path_;
    Fd socket_;
};

}  // namespace enrichd
