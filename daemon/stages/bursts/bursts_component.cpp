#include "stages/bursts/bursts_component.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "stages/bursts/bursts_report.hpp"

namespace enrichd {

BurstsComponent::BurstsComponent(const Surroundings& around, const BurstsConfig& config) : stage_(config) {
    around.pipeline.add(stage_);
}

std::string BurstsComponent::described() const {
    const BurstsConfig& config = stage_.config();
    if (config.nxdomain.domains > 0 && config.tunnel.bytes > 0) return "nxdomain, tunnel";
    if (config.nxdomain.domains > 0) return "nxdomain";
    return config.tunnel.bytes > 0 ? "tunnel" : "off";
}

void BurstsComponent::add_reports(Reports& reports) const {
    reports.push_back(std::make_unique<BurstsReport>(stage_));
}

task<error> BurstsComponent::restore() {
    co_return error();
}

StatusJson BurstsComponent::cached(const HostName&) const {
    return nullptr;
}

/// One query is no burst.
StatusJson BurstsComponent::shown(const Inspected&, std::string&) const {
    return nullptr;
}

}  // namespace enrichd
