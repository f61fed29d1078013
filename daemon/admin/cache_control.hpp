// The verbs of the admin socket about cached verdicts.
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "base/log.hpp"
#include "base/reporting.hpp"
#include "base/task.hpp"
#include "pipeline/component.hpp"

namespace enrichd {

class CacheControl {
  public:
    /// Outlives it.
    explicit CacheControl(const std::vector<std::unique_ptr<Component>>& components)
        : components_(components) {}

    /// Each takes the question and returns the answer without "ok"; or {"error": why}.
    StatusJson get(const StatusJson& question) const;
    StatusJson list(const StatusJson& question) const;

    /// Also from the state file, or a restart would bring them back. A name goes with its domain. Of those
    /// that match a filter a part of many: alerts are answered meanwhile.
    StatusJson flush(const StatusJson& question);
    StatusJson flush_matching(const StatusJson& question);

    /// Some of the verdicts that another host may use too, after "after", which is the "next" of the answer
    /// before; none at the end.
    task<StatusJson> dump(StatusJson question) const;
    StatusJson load(const StatusJson& question);

  private:
    std::size_t cached() const;

    const std::vector<std::unique_ptr<Component>>& components_;
    log::Limit loads_;  // a file comes in many questions
};

}  // namespace enrichd
