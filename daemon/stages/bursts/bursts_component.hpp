// The stage of bursts with all that belongs to it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/component.hpp"
#include "stages/bursts/bursts_stage.hpp"

namespace enrichd {

class BurstsComponent final : public Component {
  public:
    BurstsComponent(const Surroundings& around, const BurstsConfig& config);

    void configure(const BurstsConfig& config) { stage_.configure(config); }

    std::string_view name() const override { return BurstsStage::stage_name; }
    std::string_view title() const override { return "Bursts"; }
    std::string described() const override;
    void add_reports(Reports& reports) const override;
    task<error> restore() override;
    bool trim(std::size_t) override { return false; }
    std::optional<error> trouble() const override { return std::nullopt; }
    std::size_t cached() const override { return 0; }
    StatusJson cached(const HostName&) const override;
    void flush() override {}
    void flush(const HostName&) override {}
    void use(const HostName&, const StatusJson&) override {}
    StatusJson shown(const Inspected& of, std::string& failure) const override;

  private:
    BurstsStage stage_;
};

}  // namespace enrichd
