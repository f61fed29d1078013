// The stage that checks what is suspicious against OTX.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "pipeline/stage.hpp"
#include "stages/otx/reputation.hpp"

namespace enrichd {

struct OtxStageOptions {
    bool always = false;  // else only what a stage before found suspicious
    std::chrono::milliseconds retry_for = std::chrono::hours(24);  // how long an alert waits
    bool operator==(const OtxStageOptions&) const = default;
};

class OtxStage final : public Stage {
  public:
    static constexpr std::string_view stage_name = Reputation::provider_name;

    explicit OtxStage(Reputation& reputation) : reputation_(reputation) {}

    void configure(const OtxStageOptions& options) { options_ = options; }

    /// OTX is asked about this number of names at most. For further names the stage uses what is in memory.
    void ask_at_most(std::size_t names) { names_left_ = names; }

    std::string_view name() const override { return stage_name; }
    /// What is known of other names is reported too; only what is suspicious is asked for.
    bool wants(const Job& job) const override { return may_ask(job) || reputation_.remembers(); }
    std::optional<Findings> known(const HostName& name, const Job& job) override;
    task<result<Findings>> ask(const HostName& name, Job& job) override;
    void filter(const GateOptions& gate) override { reputation_.filter(gate); }
    std::size_t room() const override { return reputation_.room(); }
    std::optional<std::chrono::milliseconds> waits_at_most() const override { return options_.retry_for; }

  private:
    bool may_ask(const Job& job) const { return options_.always || job.rank > Suspicion::none; }

    Reputation& reputation_;
    OtxStageOptions options_;
    std::size_t names_left_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace enrichd
