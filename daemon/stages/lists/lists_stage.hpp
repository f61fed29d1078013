// The stage that reports names which local lists have. It asks nobody.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "pipeline/stage.hpp"

namespace enrichd {

class ListsStage final : public Stage {
  public:
    static constexpr std::string_view stage_name = "lists";

    std::string_view name() const override { return stage_name; }
    bool wants(const Job& job) const override { return job.rank != Suspicion::requested; }
    std::optional<Findings> known(const HostName& name, const Job& job) override;
    task<result<Findings>> ask(const HostName& name, Job& job) override;
    void filter(const GateOptions&) override {}  // no name leaves the machine
    std::size_t room() const override { return std::numeric_limits<std::size_t>::max(); }
};

}  // namespace enrichd
