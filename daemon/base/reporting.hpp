// What a part reports of itself to an operator: the admin side asks every part for it, and knows no part by
// its name. No name of a host, a domain or an agent may be in it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/counters.hpp"
#include "base/health.hpp"
#include "base/metrics.hpp"

namespace enrichd {

using StatusJson = nlohmann::ordered_json;

/// What was counted in all up to one moment, for the history.
struct Totals {
    std::uint64_t received = 0;  // alerts
    std::uint64_t finished = 0;
    std::uint64_t events = 0;
    std::uint64_t hits = 0;  // of the caches
    std::uint64_t misses = 0;
    Histogram duration;  // of alerts
    Counters rejected;   // alerts, by reason
    Counters gated;      // alerts whose name must not be looked up, by reason
    Counters findings;   // by kind
};

class Reporting {
  public:
    virtual ~Reporting() = default;

    virtual void add_metrics(Metrics&) const {}

    /// `status` is the document of `enrichd status`; its sections are there.
    virtual void add_status(StatusJson&) const {}

    virtual void add_checks(std::vector<Check>&) const {}
    virtual void add_totals(Totals&) const {}
};

/// A part that is off.
class OffReport final : public Reporting {
  public:
    OffReport(std::string name, std::string why) : name_(std::move(name)), why_(std::move(why)) {}
    void add_checks(std::vector<Check>& checks) const override {
        checks.push_back({name_, Health::ok, "off: " + why_});
    }

  private:
    std::string name_;
    std::string why_;
};

/// The 50th, 95th and 99th percentile; null when nothing was observed.
StatusJson latency_json(const Histogram& values);

StatusJson to_json(const Counters& counters);

}  // namespace enrichd
