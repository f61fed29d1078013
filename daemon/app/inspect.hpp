// The way of one alert, looked at: the daemon's own parts, built anew, with a sink that only remembers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/report.hpp"
#include "config/config.hpp"
#include "model/event.hpp"
#include "pipeline/job.hpp"

namespace enrichd {

/// A JSON answer of the running daemon, or why there is none.
struct DaemonAnswer {
    std::string json;
    std::string failure;
};

/// Has the running daemon ask OTX about a name: its key may be one that nobody else can read.
using AskDaemon = std::function<DaemonAnswer(const std::string& name)>;

/// One name through filter and providers, which are asked once each for what `known` does not have: the
/// running daemon's answer to "cache get", or "{}". Without a key here OTX is asked through the daemon. The
/// report is not good when an upstream failed or the name is not looked up. A domain that a Domain Stats
/// server has never seen counts as seen from then on, and the report says so.
Report inspect_name(const Config& config, const std::string& name, const std::string& known,
                    const AskDaemon& daemon);

/// The same for the bytes of an alert, or of the line of an active response: also the field that was found,
/// and the events that would be sent. A name that is not looked up is an answer here.
Report inspect_alert(const Config& config, const std::string& bytes, const AskDaemon& daemon);

/// The events of one alert after another. What was answered is remembered, so each name is asked for once,
/// and OTX about otx.requests_per_hour names in all.
class Rehearsal {
  public:
    explicit Rehearsal(const Config& config);
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    std::vector<Event> events_of(Job job);

    /// The last of an upstream.
    const std::optional<error>& failure() const { return failure_; }

  private:
    class State;

    const Config& config_;
    std::unique_ptr<State> state_;
    std::optional<error> failure_;
};

}  // namespace enrichd
