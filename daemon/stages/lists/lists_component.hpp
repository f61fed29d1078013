// The lists with all that belongs to them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/component.hpp"
#include "stages/lists/lists.hpp"
#include "stages/lists/lists_stage.hpp"
#include "stages/lists/retro_match.hpp"

namespace enrichd {

class ListsComponent final : public Component {
  public:
    ListsComponent(const Surroundings& around, ListsConfig config);

    void configure(const ListsConfig& config) { lists_.configure(config); }

    std::string_view name() const override { return ListsStage::stage_name; }
    std::string_view title() const override { return "Lists"; }
    std::string described() const override;
    void add_reports(Reports& reports) const override;
    task<error> restore() override;
    void start(Tasks& services) override { lists_.start(services); }
    void start_restored(Tasks& services) override;
    bool trim(std::size_t) override { return false; }
    std::optional<error> trouble() const override { return std::nullopt; }
    std::size_t cached() const override { return 0; }
    StatusJson cached(const HostName& name) const override;
    void flush() override {}
    void flush(const HostName&) override {}
    void use(const HostName&, const StatusJson&) override {}
    std::span<const std::string_view> own_verbs() const override;
    task<Asked> act(std::string_view verb, std::string question) override;
    StatusJson shown(const Inspected& of, std::string& failure) const override;

    const Lists& lists() const { return lists_; }
    Lists& lists() { return lists_; }

  private:
    StatusJson found(const HostName& name) const;

    Surroundings around_;
    Lists lists_;
    ListsStage stage_;
    std::unique_ptr<RetroMatch> retro_;  // null for a verb
    bool restored_ = false;
};

}  // namespace enrichd
