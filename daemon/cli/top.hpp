// The noisiest domains, agents and findings of the running daemon, counted from its stream of decisions.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// Counts of the alerts of a sliding window.
class TopCounts {
  public:
    static constexpr Clock::duration window = std::chrono::minutes(5);
    explicit TopCounts(Clock::time_point begun) : begun_(begun) {}

    static constexpr std::size_t most_alerts = 500'000;  // of more the oldest are left out

    /// A line of `enrichd tap --json`. Any other is ignored.
    void add(const std::string& line, Clock::time_point now);

    /// At most `rows` of each table. `json`: as a JSON document.
    std::string shown(std::size_t rows, Clock::time_point now, bool json);

  private:
    struct Decided {
        Clock::time_point time;
        std::string domain;
        std::string agent;
        std::string decision;
        std::vector<std::string> findings;
    };
    void count(const nlohmann::ordered_json& read, Clock::time_point now);
    void forget(Clock::time_point now);

    std::deque<Decided> alerts_;
    std::uint64_t left_out_ = 0;  // by the daemon: too many to send
    const Clock::time_point begun_;
};

struct TopRequest {
    double seconds = 0;  // count for so long, print once; 0: until interrupted
    bool json = false;
};

/// Prints to `out`, at a terminal over what was printed before. Not good when the daemon cannot be asked.
Report daemon_top(const Config& config, const TopRequest& request, std::ostream& out);

}  // namespace enrichd
