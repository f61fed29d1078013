// Before an event is reported: how many agents of all hosts have asked for its domain, and whether another
// host that got the same alert reports it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/task.hpp"
#include "pipeline/other_hosts.hpp"
#include "shared/redis.hpp"

namespace enrichd {

struct SharedAlertCounts {
    Counters reports;           // events, by outcome: "ours", "another_host", "alone"
    std::uint64_t agents = 0;   // written to the server, without an event
    std::uint64_t dropped = 0;  // agents that are not counted there: more waited than may
};

class SharedAlerts final : public OtherHosts {
  public:
    /// Agents that wait for the server.
    static constexpr std::size_t most_waiting = 100'000;

    explicit SharedAlerts(Redis& redis) : redis_(redis) {}

    void configure(std::string prefix, std::string node, std::chrono::milliseconds keep);

    /// Of this host's state file. Its name may change while an alert waits, and a power cut or an operator
    /// may take the file: what has the one or the other is its own. Nothing is shared before.
    void known_as(std::uint64_t state);

    /// Which domains may leave this host.
    void filter_by(std::function<bool(const std::string& domain)> may_leave) {
        may_leave_ = std::move(may_leave);
    }

    bool share() const override { return redis_.on() && !state_.empty(); }
    task<Elsewhere> before_report(std::vector<std::uint64_t> events, std::string domain,
                                  std::string agent) override;
    void note_agent(std::string_view domain, std::string_view agent) override;

    /// Writes noted agents to the server, once a second until it is cancelled.
    task<void> keep_written();
    /// At the stop: those that wait, until `limit`.
    task<void> write_last(Clock::time_point limit);

    std::size_t waiting() const { return waiting_.size(); }
    const SharedAlertCounts& counts() const { return counts_; }

  private:
    struct Asked {
        std::string domain;
        std::string agent;
    };
    task<bool> write_some();
    std::string self() const { return state_ + " " + node_; }
    bool is_own(std::string_view host) const;
    std::string key_of(const std::string& domain) const { return prefix_ + ":a:" + domain; }
    std::string key_of(std::uint64_t event) const;
    std::string hidden(const std::string& agent) const;
    bool may_leave(const std::string& domain) const { return !may_leave_ || may_leave_(domain); }

    Redis& redis_;
    std::string prefix_;
    std::string node_;
    std::string state_;
    std::string keep_;
    std::function<bool(const std::string&)> may_leave_;
    std::deque<Asked> waiting_;
    SharedAlertCounts counts_;
};

}  // namespace enrichd
