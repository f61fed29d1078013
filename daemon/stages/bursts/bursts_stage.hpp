// The stage that reports what one query alone does not show: many domains that do not exist, and host names
// that carry data. It asks nobody, and remembers in memory alone.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "pipeline/stage.hpp"
#include "stages/bursts/bursts_config.hpp"
#include "stages/bursts/carried_bytes.hpp"
#include "stages/bursts/missing_domains.hpp"

namespace enrichd {

class BurstsStage final : public Stage {
  public:
    static constexpr std::string_view stage_name = "bursts";

    explicit BurstsStage(const BurstsConfig& config) { configure(config); }

    void configure(const BurstsConfig& config);
    const BurstsConfig& config() const { return config_; }

    std::string_view name() const override { return stage_name; }
    bool wants(const Job& job) const override {
        return job.rank != Suspicion::requested && job.destination == Destination::siem;
    }
    std::optional<Findings> known(const HostName& name, const Job& job) override;
    task<result<Findings>> ask(const HostName& name, Job& job) override;
    void filter(const GateOptions&) override {}  // no name leaves the machine
    std::size_t room() const override { return std::numeric_limits<std::size_t>::max(); }

    const MissingDomains& missing() const { return missing_; }
    const CarriedBytes& carried() const { return carried_; }

  private:
    Findings look(const HostName& name, const Job& job);
    bool is_missing(const HostName& name, const Job& job) const;
    bool note_missing(const HostName& name, const Job& job, Findings& found);
    bool note_carried(const HostName& name, const Job& job, Findings& found);

    BurstsConfig config_;
    MissingDomains missing_;
    CarriedBytes carried_;
};

}  // namespace enrichd
