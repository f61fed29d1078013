#include "app/composition.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "services/domain_stats_http/served_domain_stats.hpp"
#include "stages/bursts/bursts_component.hpp"
#include "stages/otx/otx_component.hpp"

namespace enrichd {
namespace {

DomainStatsSettings domain_stats_settings(const Config& config) {
    return {config.domain_stats, config.cache.domain_times, config.cache.memory.entries};
}

OtxSettings otx_settings(const Config& config) {
    return {config.otx, config.cache.otx_times, config.cache.memory.entries, config.state.max_pending};
}

/// A name for a list that the key domain_stats.embedded.known gives, in what a name may hold.
std::string name_of_known(const std::string& file) {
    std::string name;
    for (const char c : std::filesystem::path(file).stem().string().substr(0, 32)) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        const bool upper = c >= 'A' && c <= 'Z';
        name.push_back(good ? c : upper ? static_cast<char>(c - 'A' + 'a') : '_');
    }
    return name;
}

/// The key of 0.1.0 for known domains is a list like others, behind those that are named.
ListsConfig lists_settings(const Config& config) {
    ListsConfig lists = config.lists;
    const std::string& known = config.domain_stats.embedded.known;
    if (known.empty() || config.domain_stats.mode != DomainStatsMode::embedded) return lists;
    ListConfig list;
    list.name = name_of_known(known);
    list.from = known;
    list.format = ListFormat::domains;
    list.action = ListAction::known;
    const bool taken = std::any_of(lists.lists.begin(), lists.lists.end(),
                                   [&list](const ListConfig& one) { return one.name == list.name; });
    if (taken) list.name = "domain_stats_embedded_known";
    lists.lists.push_back(std::move(list));
    return lists;
}

constexpr Clock::duration tidy_every = std::chrono::minutes(10);
constexpr std::size_t trimmed_at_once = 500;  // of small things, within a millisecond

}  // namespace

Composition::Composition(const Surroundings& around, const Config& config) {
    lists_ = add<ListsComponent>(around, config, lists_settings);
    add<BurstsComponent>(around, config, [](const Config& now) { return now.bursts; });
    Surroundings with_lists = around;
    with_lists.known = &lists_->lists();
    domain_stats_ = add<DomainStatsComponent>(with_lists, config, domain_stats_settings);
    add<OtxComponent>(with_lists, config, otx_settings);
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
        co_await state.snapshot.prune(Repeats::provider_name, Repeats::most);
        for (bool more = true; more;) more = co_await state.domains.prune();
        for (bool more = true; more;) more = co_await state.prevalence.prune();
        for (bool more = true; more;) more = co_await state.asked_names.prune();
    }
}

}  // namespace enrichd
