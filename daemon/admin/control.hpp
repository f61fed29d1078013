// What may be asked and changed over the admin socket: a JSON object a line, {"verb":"cache get","name":…};
// its answer is one too, {"ok":true,…} or {"ok":false,"error":…}. Who may connect is the socket's mode.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/cache_control.hpp"
#include "admin/operation_report.hpp"
#include "admin/policy_control.hpp"
#include "admin/reloads.hpp"
#include "admin/tap.hpp"
#include "admin/view.hpp"
#include "net/line_server.hpp"
#include "pipeline/component.hpp"
#include "pipeline/pipeline.hpp"
#include "store/domains.hpp"

namespace enrichd {

class Control final : public LineService {
  public:
    /// All outlive it.
    Control(const View& view, const std::vector<std::unique_ptr<Component>>& components, Domains& domains,
            Pipeline& pipeline, Allowlist& allowlist, Tap& tap, ControlCounts& counts, const Reloads& reloads)
        : view_(view),
          components_(components),
          domains_(domains),
          pipeline_(pipeline),
          cache_(components),
          policy_(components, domains, pipeline, allowlist),
          tap_(tap),
          counts_(counts),
          reloads_(reloads) {}

    /// What reads the configuration again, and returns when that is done: false when the daemon stops
    /// instead. Before questions come.
    void reload_by(std::function<task<bool>()> call) { reload_ = std::move(call); }

    task<std::string> answer(std::string line) override;
    std::unique_ptr<LineStream> stream(const std::string& line) override;

  private:
    task<std::string> act(std::string_view verb, std::string line);
    task<std::string> act_of_cache(std::string_view verb, std::string line);
    task<std::string> act_of_policy(std::string_view verb, std::string line);
    task<std::string> act_of(Component& component, std::string_view verb, std::string line);
    std::string queue() const;
    std::string cache_stats() const;
    std::string_view known_verb(std::string_view asked) const;
    task<std::string> ask(Component& component, std::string line);
    std::string self_test_begin();
    std::string self_test_result(const std::string& line);
    std::string provider(std::string_view verb, const std::string& line);
    std::string log_level(const std::string& line) const;
    task<std::string> reload();
    task<std::string> seen_count();
    task<std::string> seen_import(std::string line);
    task<std::string> seen_after(std::string line);
    task<std::string> seen_forget(std::string line);

    const View& view_;
    const std::vector<std::unique_ptr<Component>>& components_;
    Domains& domains_;
    Pipeline& pipeline_;
    CacheControl cache_;
    PolicyControl policy_;
    Tap& tap_;
    ControlCounts& counts_;
    const Reloads& reloads_;
    std::function<task<bool>()> reload_;
};

}  // namespace enrichd
