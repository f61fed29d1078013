// The seam to the domain check: Domain Stats over HTTP, the embedded engine, and a scripted one for tests.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/host_name.hpp"
#include "net/http.hpp"
#include "pipeline/first_contact.hpp"
#include "stages/domain_stats/domain_stats_verdict.hpp"
#include "store/journal.hpp"

namespace enrichd {

/// A question on its way.
struct Ticket {
    Asked asked{};                          // what earlier tries put on the wire; brought up to date
    bool for_alert = true;                  // else for somebody who comes second where not all can be served
    BeforeSend may_send{};                  // whether the name may still leave the machine
    std::optional<AlertNumber> reporter{};  // that was given the first contact of the domain
};

class Provider {
  public:
    virtual ~Provider() = default;

    /// One try. `name` has a registrable domain and has passed the gate; both outlive the call. The answer's
    /// first_contact is to be believed, once. Errors: also those of the ticket's may_send.
    virtual task<result<DomainStatsAnswer>> ask(const HostName& name, Ticket& ticket) = 0;

    /// Whether it is there, without asking about anybody's domain.
    virtual task<result<void>> probe() = 0;

    /// "host:port" of the server; empty when there is none.
    virtual std::string address() const { return {}; }
};

}  // namespace enrichd
