// Alerts come in here, one packet a connection (proto/README.md).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "net/peer.hpp"
#include "net/tasks.hpp"
#include "pipeline/submit.hpp"
#include "proto/wire.h"
#include "sources/intake_socket/intake_connections.hpp"
#include "sources/intake_socket/packet.hpp"
#include "sources/intake_socket/pending_senders.hpp"

namespace enrichd {

struct IntakeOptions {
    std::string socket = WIRE_DEFAULT_SOCKET;
    unsigned socket_mode = 0660;
    std::vector<std::string> allow{"root", "wazuh"};
    std::size_t connections = 64;             // open at once; the kernel's backlog holds the rest
    std::chrono::milliseconds silence{1000};  // then a client that sent nothing is cut, or before for another
    std::chrono::milliseconds patience{200};  // then an alert that is not safe yet is spooled by its sender
    bool operator==(const IntakeOptions&) const = default;
};

struct IntakeCounts : SourceCounts {
    IntakeCounts() { source = "socket"; }
    std::uint64_t busy = 0;  // sent away, to spool
};

class Intake {
  public:
    Intake(asio::io_context& io, Tasks& work, Submit& submit, const IntakeOptions& options);

    /// Takes effect for the next packet. The socket's path and mode are left alone.
    void configure(const IntakeOptions& options);

    /// Accepts from a listening socket until it is cancelled or closed. Sessions are tasks of `work`.
    task<void> listen(Fd socket);

    /// Takes what waits at the present socket, and accepts no more there; sessions go on.
    void close();

    bool listening() const { return open_ != nullptr; }
    std::size_t connections() const { return connections_.open(); }
    const IntakeCounts& counts() const { return counts_; }

  private:
    using Slot = IntakeConnections::Slot;

    bool accept_some(int socket, int most);
    void begin(Fd socket);
    task<void> wait_for_packet(Fd socket, Slot slot);
    void take(Fd socket, Slot slot, const result<Packet>& packet);
    void refuse(int socket, const error& reason, std::string_view path);
    void report_refusal(int socket, const error& reason, std::string_view path);

    asio::io_context& io_;
    Tasks& work_;
    Submit& submit_;
    IntakeOptions options_;
    AllowList allow_;
    IntakeConnections connections_;
    PendingSenders pending_;
    asio::posix::stream_descriptor* open_ = nullptr;  // of the latest listen
    log::Limit refusals_;
    log::Limit accept_failures_;
    IntakeCounts counts_;
};

}  // namespace enrichd
