// The check against OTX with all that belongs to it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asking/stored_verdicts.hpp"
#include "net/http_client.hpp"
#include "pipeline/component.hpp"
#include "stages/otx/otx_config.hpp"
#include "stages/otx/otx_stage.hpp"

namespace enrichd {

struct OtxSettings {
    OtxConfig config;
    OtxTimes times;
    std::size_t cache_entries = 0;
    std::size_t max_pending = 0;  // alerts that the state file may hold
};

class OtxComponent final : public Component {
  public:
    /// Off when the configuration has no key; that stays so until the next start.
    OtxComponent(const Surroundings& around, OtxSettings settings);
    ~OtxComponent() override;

    void configure(OtxSettings settings);

    std::string_view name() const override { return OtxStage::stage_name; }
    std::string_view title() const override { return "OTX"; }
    std::string described() const override;
    void add_reports(Reports& reports) const override;
    task<error> restore() override;
    bool trim(std::size_t most) override { return cache_.trim(most); }
    void begin_no_more() override;
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
    std::string_view learnt_with() const override {
        return parts_ ? std::string_view(learnt_with_) : std::string_view();
    }
    task<result<std::vector<RememberedVerdict>>> stored_after(std::string key, std::size_t count) override;
    std::string_view take(RememberedVerdict one) override;
    std::string_view verb() const override { return "otx ask"; }
    task<Asked> ask(HostName name) override;
    void use(const HostName& name, const StatusJson& known) override;
    StatusJson shown(const Inspected& of, std::string& failure) const override;

  private:
    struct Parts;
    void remember();
    void forget_all();
    Restored put(RememberedVerdict& one, WallTime today);
    StatusJson shown_by_daemon(const Inspected& of, std::string& failure) const;

    Surroundings around_;
    OtxSettings settings_;
    std::string learnt_with_;  // a verdict is what the filter left of a server's answer: both of them
    VerdictCache<OtxVerdictPtr> cache_;
    std::unique_ptr<Parts> parts_;  // null: off
};

}  // namespace enrichd
