// What Wazuh's integrator does with the shim: an alert is offered to the daemon, and spooled when that does
// not say in time that it is safe. The protocol is proto/README.md; the real shim is tested with real
// processes.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "proto/wire.h"
#include "simulation/disk.hpp"

namespace enrichd::test::simulation {

class Senders {
  public:
    /// `settled`: an alert is safe, refused for good, or neither taken nor spooled (busy).
    Senders(std::string socket, std::string spool, Disk& disk,
            std::function<void(std::uint32_t number, wire_status status)> settled);

    void offer(std::uint32_t number, wire_kind kind, const std::string& text);
    void spool(std::uint32_t number, wire_kind kind, const std::string& text);

    /// Looks for replies. False when there was none, and nobody's time was over.
    bool go_on();
    Clock::time_point next() const;
    bool idle() const { return waiting_.empty(); }

    /// The alert in each file of the spool, by path; also of those that are gone.
    const std::map<std::string, std::uint32_t>& spooled() const { return spooled_; }

    /// Nothing can be spooled.
    void spool_full(bool yes) { spool_full_ = yes; }

    /// Connections of a process that has exited.
    /// What the process answered before it ended.
    void read_last_replies();
    void process_ended();

  private:
    struct Waiting {
        std::uint32_t number;
        wire_kind kind;
        std::string text;
        Fd socket;
        Clock::time_point until;
    };

    const std::string socket_;
    const std::string spool_;
    Disk& disk_;
    std::function<void(std::uint32_t, wire_status)> settled_;
    std::list<Waiting> waiting_;
    std::map<std::string, std::uint32_t> spooled_;
    std::uint64_t names_ = 0;
    bool spool_full_ = false;
};

}  // namespace enrichd::test::simulation
