// What may be asked and changed over the admin socket: a JSON object a line, {"verb":"cache get","name":…};
// its answer is one too, {"ok":true,…} or {"ok":false,"error":…}. Who may connect is the socket's mode.
#pragma once

#include <optional>
#include <string>

#include "admin/operation_report.hpp"
#include "admin/view.hpp"
#include "net/line_server.hpp"
#include "pipeline/pipeline.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "stages/otx/reputation.hpp"
#include "store/domains.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

/// The parts that a verb may change.
struct ControlledParts {
    VerdictCache<PackedVerdict>& domain_stats_cache;
    VerdictCache<OtxVerdictPtr>& otx_cache;
    Snapshot& snapshot;
    Domains& domains;
    std::optional<Reputation>& reputation;  // none when OTX is off
    const Pipeline& pipeline;
};

class Control final : public LineService {
  public:
    Control(const View& view, ControlledParts parts, ControlCounts& counts)
        : view_(view), parts_(parts), counts_(counts) {}

    task<std::string> answer(std::string line) override;

  private:
    task<std::string> act(std::string_view verb, std::string line);
    std::string cache_stats() const;
    std::string cache_get(const std::string& line) const;
    task<std::string> otx_ask(std::string line);
    std::string cache_flush(const std::string& line);
    std::string log_level(const std::string& line) const;
    task<std::string> seen_count();
    task<std::string> seen_import(std::string line);
    task<std::string> seen_after(std::string line);
    task<std::string> seen_forget(std::string line);

    const View& view_;
    ControlledParts parts_;
    ControlCounts& counts_;
};

}  // namespace enrichd
