// The way of one alert, looked at: the daemon's own parts, built anew, with a sink that only remembers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report.hpp"
#include "config/config.hpp"
#include "model/event.hpp"
#include "pipeline/alert_reader.hpp"
#include "pipeline/component.hpp"
#include "pipeline/job.hpp"

namespace enrichd {

/// Has the running daemon answer a verb about a name: it may know, or have a key that nobody else can read.
using AskDaemon = std::function<Inspected::Answer(std::string_view verb, const std::string& name)>;

/// One name through filter and providers, which are asked once each for what `known` does not have: the
/// running daemon's answer to "cache get", or "{}". What cannot be asked from here is asked through the
/// daemon. The report is not good when an upstream failed or the name is not looked up. A domain that a
/// Domain Stats server has never seen counts as seen from then on, and the report says so.
Report inspect_name(const Config& config, const std::string& name, const std::string& known,
                    const AskDaemon& daemon);

/// The same for the bytes of an alert, or of the line of an active response: also the field that was found,
/// and the events that would be sent. A name that is not looked up is an answer here.
Report inspect_alert(const Config& config, const std::string& bytes, const AskDaemon& daemon);

/// What becomes of one alert.
struct Decided {
    std::string decision;  // as `enrichd tap` has it
    std::string reason;
    std::string severity = "none";        // of the last event
    std::vector<std::string> findings{};  // in the order of the alphabet
    std::vector<std::string> events{};    // kinds, in that order
};

/// What becomes of alerts when nobody is asked, each by itself.
class PolicyTrial {
  public:
    explicit PolicyTrial(const Config& config);
    ~PolicyTrial();
    PolicyTrial(const PolicyTrial&) = delete;
    PolicyTrial& operator=(const PolicyTrial&) = delete;

    /// What is wrong with facts, a sentence; empty when nothing is. `known` is a JSON object: by provider
    /// what is known of a name.
    std::string wrong_with(const std::string& known) const;

    /// What `known` lacks is taken for nothing. `agents`: that have asked for the domain; 0: not known. An
    /// error when the alert cannot be read, or a member of `known` has another type than it should.
    result<Decided> decide(const std::string& alert, std::uint32_t agents, const std::string& known);

  private:
    class State;

    const AlertReader reader_;
    std::unique_ptr<State> state_;
};

/// The events of one alert after another. What was answered is remembered, so each name is asked for once.
/// An upstream with a quota gets at most the requests of one hour.
class Rehearsal {
  public:
    explicit Rehearsal(const Config& config);
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    std::vector<Event> events_of(Job job);

    /// Of an upstream; then no more events come.
    const std::optional<error>& failure() const { return failure_; }

  private:
    class State;

    std::unique_ptr<State> state_;
    std::optional<error> failure_;
};

}  // namespace enrichd
