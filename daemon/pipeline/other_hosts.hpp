// What the hosts that share state with this one know of an alert: see docs/shared.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"

namespace enrichd {

/// What they know before an event is reported.
struct Elsewhere {
    std::vector<bool> reported;        // of each event whether another host reports it; empty: not known
    std::uint32_t agents = 0;          // of all hosts, that have asked for the domain; 0: not known
    std::optional<bool> agent_is_new;  // on any host; nothing when that is not known
};

class OtherHosts {
  public:
    OtherHosts() = default;
    OtherHosts(const OtherHosts&) = delete;
    OtherHosts& operator=(const OtherHosts&) = delete;
    virtual ~OtherHosts() = default;

    /// False: there are none, and nothing is to be asked.
    virtual bool share() const = 0;

    /// Before events are reported. `events`: a hash of each, the same on all hosts. `agent`: empty when
    /// agents are not counted. Waits at most for shared.timeout; what is not known then is left out.
    virtual task<Elsewhere> before_report(std::vector<std::uint64_t> events, std::string domain,
                                          std::string agent) = 0;

    /// An agent has asked for a domain for the first time, and nothing was reported.
    virtual void note_agent(std::string_view domain, std::string_view agent) = 0;
};

}  // namespace enrichd
