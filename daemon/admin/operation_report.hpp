// The report of how the daemon is operated: reloads, the admin socket, tasks.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/reloads.hpp"
#include "base/reporting.hpp"
#include "net/http_server.hpp"
#include "net/tasks.hpp"

namespace enrichd {

struct ControlCounts {
    std::map<std::string_view, Counters> requests;  // by verb, then result
};

class OperationReport final : public Reporting {
  public:
    /// All outlive it. `trouble`: what is wrong with the admin socket, in words; empty when nothing is.
    OperationReport(const Reloads& reloads, const ControlCounts& control, const std::string& trouble,
                    const HttpServer& pages, std::vector<const Tasks*> tasks)
        : reloads_(reloads), control_(control), trouble_(trouble), pages_(pages), tasks_(std::move(tasks)) {}

    void add_metrics(Metrics& metrics) const override;
    void add_status(StatusJson& status) const override;
    void add_checks(std::vector<Check>& checks) const override;

  private:
    const Reloads& reloads_;
    const ControlCounts& control_;
    const std::string& trouble_;
    const HttpServer& pages_;
    std::vector<const Tasks*> tasks_;
};

}  // namespace enrichd
