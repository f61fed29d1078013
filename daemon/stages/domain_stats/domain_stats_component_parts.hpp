// What a domain check that is on has. For the .cpp files of the component alone.
#pragma once

#include <optional>

#include "stages/domain_stats/domain_stats_component.hpp"
#include "stages/domain_stats/late_ages.hpp"
#include "stages/domain_stats/verdict_source.hpp"

namespace enrichd {

struct DomainStatsComponent::Parts {
    Parts(const Surroundings& around, const DomainStatsConfig& config, VerdictCache<PackedVerdict>& cache);

    VerdictSource source;
    Verdicts verdicts;
    DomainCheck check;
    std::optional<OpenAges> ages{};       // with a state file
    std::optional<LateAges> late_ages{};  // with registries too
};

}  // namespace enrichd
