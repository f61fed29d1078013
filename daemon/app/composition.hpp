// The stages, in the order in which alerts go through them. This, config/config.hpp and config/sections.hpp
// name them; nobody else outside their folders does. To add one: docs/dev/adding-a-stage.md.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "config/config.hpp"
#include "pipeline/component.hpp"
#include "pipeline/service.hpp"
#include "stages/domain_stats/domain_stats_component.hpp"
#include "stages/lists/lists_component.hpp"

namespace enrichd {

using Components = std::vector<std::unique_ptr<Component>>;

class Composition {
  public:
    /// All in `around` outlive it.
    Composition(const Surroundings& around, const Config& config);

    /// At the start and at each reload.
    void configure(const Config& config);

    const Components& all() const { return components_; }

    /// Reads what an earlier run has learnt. May be called again after an error.
    task<error> restore();

    /// Brings the caches within their bounds, a little at a time.
    task<void> shrink();

    /// Removes now and then what is out of date, until it is cancelled.
    task<void> tidy(State& state);

    /// For other programs, on the address of Config::served(). `clients` has the sessions; all outlive it.
    std::unique_ptr<Service> serve(asio::io_context& io, Tasks& clients, Domains& domains,
                                   const GateOptions& gate);

  private:
    template <class Made, class SettingsOf>
    Made* add(const Surroundings& around, const Config& config, SettingsOf settings_of);

    Components components_;
    std::vector<std::function<void(const Config&)>> configure_;  // each of them
    ListsComponent* lists_ = nullptr;
    DomainStatsComponent* domain_stats_ = nullptr;
};

}  // namespace enrichd
