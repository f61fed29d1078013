// Ages of domains for all hosts that share state: a registry is asked for a domain once, and all hosts
// together stay within its quota.
#pragma once

#include <optional>
#include <string>

#include "shared/shared_state.hpp"
#include "stages/domain_stats/embedded/rdap.hpp"

namespace enrichd {

class SharedAges {
  public:
    /// Both outlive it.
    SharedAges(SharedState& shared, Rdap& rdap) : shared_(&shared), rdap_(&rdap) {}

    /// As Rdap::ask. While another host asks for the domain its answer is waited for.
    task<RdapAnswer> ask(std::string domain, bool for_alert, BeforeSend may_send);

  private:
    task<RdapAnswer> ask_and_tell(std::string domain, bool for_alert, BeforeSend may_send,
                                  std::string registry);

    SharedState* shared_;
    Rdap* rdap_;
};

/// An answer about a domain as the server keeps it, and back. What says nothing of the domain has none.
std::string to_shared_record(const RdapAnswer& answer);
std::optional<RdapAnswer> rdap_answer_of(const std::string& record);

}  // namespace enrichd
