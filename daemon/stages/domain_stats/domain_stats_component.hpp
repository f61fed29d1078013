// The domain check with all that belongs to it, whether a Domain Stats server does it or the embedded engine.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/component.hpp"
#include "stages/domain_stats/domain_check.hpp"
#include "stages/domain_stats/domain_stats_config.hpp"
#include "stages/domain_stats/embedded/rdap.hpp"

namespace enrichd {

struct DomainStatsSettings {
    DomainStatsConfig config;
    DomainTimes times;
    std::size_t cache_entries = 0;
};

class DomainStatsComponent final : public Component {
  public:
    /// Off when the mode says so. Mode and files stay until the next start; the files that the configuration
    /// names are good.
    DomainStatsComponent(const Surroundings& around, DomainStatsSettings settings);
    ~DomainStatsComponent() override;

    void configure(DomainStatsSettings settings);

    std::string_view name() const override { return DomainCheck::stage_name; }
    std::string_view title() const override { return "Domain Stats"; }
    std::string described() const override;
    void add_reports(Reports& reports) const override;
    task<error> restore() override;
    void start(Tasks& services) override;
    void start_restored(Tasks& services) override;
    bool trim(std::size_t most) override { return cache_.trim(most); }
    void stop() override;
    void close_idle() override;
    std::optional<error> trouble() const override;
    std::optional<bool> upstream_paused() const override;
    void act_on_upstream(UpstreamAct act) override;
    std::vector<OpenQuestion> open_questions(std::size_t most) const override;
    std::size_t cached() const override { return cache_.size(); }
    StatusJson cached(const HostName& name) const override;
    std::vector<Cached> cached(const CacheFilter& filter, std::size_t most) const override;
    void flush() override;
    void flush(const HostName& name) override;
    void flush(const std::string& key) override;
    void domain_forgotten(const std::string& domain) override;
    void use(const HostName& name, const StatusJson& known) override;
    std::span<const std::string_view> known_keys() const override;
    StatusJson shown(const Inspected& of, std::string& failure) const override;

    /// For those who ask by the HTTP interface of Domain Stats. Not while it is off.
    Verdicts& verdicts();
    const VerdictCache<PackedVerdict>& cache() const { return cache_; }
    const Rdap* rdap() const;  // null when no registry is asked

  private:
    struct Parts;
    void remember();
    std::string_view domain_of(const HostName& name) const;
    task<error> restore_rules();
    task<error> restore_zone();
    task<error> restore_registries();
    task<void> keep_registries();
    void note_rules();
    void note_zone(std::chrono::seconds offset);
    void forget_zone();

    Surroundings around_;
    DomainStatsSettings settings_;
    std::string rules_;  // a verdict is somebody's, by some rules
    VerdictCache<PackedVerdict> cache_;
    std::unique_ptr<Parts> parts_;  // null: off
};

}  // namespace enrichd
