// What must have become of each alert of a simulated run: the model.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "simulation/steps.hpp"

namespace enrichd::test::simulation {

/// What happened in the run that excuses something.
struct Excuses {
    bool process_ended = false;                   // without a stop: an event may come twice
    bool wazuh_restarted = false;                 // what it took last is sent again
    bool otx_changed = false;                     // its events may be there or not
    bool filter_changed = false;                  // nothing need be known of names that it has now
    bool state_failed = false;                    // an event that was sent and could not be noted comes again
    bool clock_went_back_before_a_start = false;  // nobody can tell how long ago a lost answer was
};

class Ledger {
  public:
    /// Somebody was told that the alert is safe.
    void accept(const Step& step);

    /// What was accepted after this time may be lost.
    void power_cut(Clock::time_point safe_until);

    /// An event at one of the outputs.
    void note(std::string_view output, std::string_view event);

    /// What is wrong, a sentence each.
    std::vector<std::string> wrong(const Excuses& excuses, const std::set<std::string>& outputs) const;

    std::size_t accepted() const { return accepted_.size(); }

  private:
    struct Accepted {
        Step step;
        Clock::time_point at;
        bool may_be_lost = false;
    };
    struct Told {
        unsigned by_stats = 0;
        unsigned by_otx = 0;
        bool first_contact = false;
    };
    using OfOutput = std::map<std::uint32_t, Told>;

    void look_at(const std::string& output, const OfOutput& told, const Excuses& excuses,
                 std::vector<std::string>& wrong) const;

    std::map<std::uint32_t, Accepted> accepted_;
    std::map<std::string, OfOutput, std::less<>> told_;
    std::vector<std::string> of_nobody_;
};

}  // namespace enrichd::test::simulation
