// The verbs of the admin socket about what is reported: the allowlist, and all that is known of a name.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "base/reporting.hpp"
#include "base/task.hpp"
#include "pipeline/allowlist.hpp"
#include "pipeline/component.hpp"
#include "pipeline/pipeline.hpp"
#include "store/domains.hpp"

namespace enrichd {

class PolicyControl {
  public:
    /// All outlive it.
    PolicyControl(const std::vector<std::unique_ptr<Component>>& components, Domains& domains,
                  Pipeline& pipeline, Allowlist& allowlist)
        : components_(components), domains_(domains), pipeline_(pipeline), allowlist_(allowlist) {}

    /// Each takes the question and returns the answer without "ok"; or {"error": why}.
    task<StatusJson> allow_add(StatusJson question);
    task<StatusJson> allow_remove(StatusJson question);
    StatusJson allow_list() const;
    StatusJson allow_check(const StatusJson& question) const;

    /// Asks nobody, and uses no first contact up.
    task<StatusJson> why(StatusJson question);

    /// The latest events of all names, newest first.
    StatusJson recent() const;

  private:
    StatusJson events_of(const HostName& name) const;

    const std::vector<std::unique_ptr<Component>>& components_;
    Domains& domains_;
    Pipeline& pipeline_;
    Allowlist& allowlist_;
};

}  // namespace enrichd
