// In which homes install was, and what it put there: remembered beside the configuration, where only root may
// write.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "wazuh/alert_source.hpp"

namespace enrichd::wazuh {

struct Installed {
    std::uint64_t rules = 0;  // hash of the rules that were put there last; 0: none were
    AlertSource source = AlertSource::integration;
    std::vector<std::string> events{};  // kinds of DNS events with rules
    std::uint64_t event_rules = 0;      // hash of these
};

class Homes {
  public:
    explicit Homes(std::string file);

    const std::map<std::string, Installed>& list() const { return list_; }
    /// Of a home where install never was: what it begins with.
    Installed at(const std::string& home) const;

    /// Each says why it cannot be written; empty when it was.
    std::string remember(const std::string& home, const Installed& installed);
    std::string forget(const std::string& home);

  private:
    std::string save() const;

    std::string file_;
    std::map<std::string, Installed> list_;
};

}  // namespace enrichd::wazuh
