// The seam to whoever judges a domain: Domain Stats over HTTP, and a scripted one for tests.
#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/domain_stats_verdict.hpp"
#include "model/host_name.hpp"
#include "policy/first_contact.hpp"

namespace enrichd {

class Provider {
  public:
    virtual ~Provider() = default;

    /// One try, for an alert that waits or for somebody else, who comes second where not all can be served.
    /// `name` has a registrable domain and has passed the gate. `asked` holds what earlier tries of
    /// the same question put on the wire and is brought up to date; both outlive the call. The answer's
    /// first_contact is to be believed, once.
    virtual task<result<DomainStatsAnswer>> ask(const HostName& name, Asked& asked, bool for_alert) = 0;

    /// Whether it is there, without asking about anybody's domain.
    virtual task<result<void>> probe() = 0;
};

}  // namespace enrichd
