#include "app/composition.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "services/domain_stats_http/served_domain_stats.hpp"
#include "stages/otx/otx_component.hpp"

namespace enrichd {
namespace {

DomainStatsSettings domain_stats_settings(const Config& config) {
    return {config.domain_stats, config.cache.domain_times, config.cache.memory.entries};
}

OtxSettings otx_settings(const Config& config) {
    return {config.otx, config.cache.otx_times, config.cache.memory.entries, config.state.max_pending};
}

constexpr Clock::duration tidy_every = std::chrono::minutes(10);
constexpr std::size_t trimmed_at_once = 500;  // of small things, within a millisecond

}  // namespace

Composition::Composition(const Surroundings& around, const Config& config) {
    domain_stats_ = add<DomainStatsComponent>(around, config, domain_stats_settings);
    add<OtxComponent>(around, config, otx_settings);
}

template <class Made, class SettingsOf>
Made* Composition::add(const Surroundings& around, const Config& config, SettingsOf settings_of) {
    auto made = std::make_unique<Made>(around, settings_of(config));
    Made* const component = made.get();
    components_.push_back(std::move(made));
    configure_.push_back(
        [component, settings_of](const Config& now) { component->configure(settings_of(now)); });
    return component;
}

void Composition::configure(const Config& config) {
    for (const auto& configure : configure_) configure(config);
}

std::unique_ptr<Service> Composition::serve(asio::io_context& io, Tasks& clients, Domains& domains,
                                            const GateOptions& gate) {
    return std::make_unique<ServedDomainStats>(io, clients, *domain_stats_, domains, gate);
}

task<error> Composition::restore() {
    for (const auto& component : components_) {
        const error failure = co_await component->restore();
        if (failure) co_return failure;
    }
    co_return error();
}

task<void> Composition::shrink() {
    const auto too_much = [this] {
        return std::count_if(components_.begin(), components_.end(),
                             [](const auto& component) { return component->trim(trimmed_at_once); }) > 0;
    };
    for (bool awake = true; awake && too_much();)
        awake = co_await sleep_until(Clock::now() + std::chrono::milliseconds(1));
}

task<void> Composition::tidy(State& state) {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + tidy_every)) {
        co_await shrink();
        for (const auto& component : components_) co_await state.snapshot.prune(component->name());
        for (bool more = true; more;) more = co_await state.domains.prune();
    }
}

}  // namespace enrichd
