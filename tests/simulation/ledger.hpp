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

class Ledger {
  public:
    /// `ages`: registration dates are known, so each alert of a new domain has an event. `lists`: a list with
    /// the listed() domains is configured.
    Ledger(bool ages, bool lists) : ages_(ages), lists_(lists) {}

    static std::set<std::string> listed() { return {"old-known1.org", "new-hot2.com"}; }

    // What happened in the run that excuses something.

    /// A process ended, or an event could not be noted: the events of an alert may come once more at each.
    void may_repeat() { ++repeats_; }
    /// A process ended while its state file could not be written: what it had reported may be unknown.
    void ended_without_state() { ++ends_without_state_; }
    /// Wazuh's queue ended: what it took last may be sent again.
    void wazuh_ended() { ++repeats_of_wazuh_; }
    /// What was accepted after this time may be lost, and what was noted of questions that were asked since.
    void power_cut(Clock::time_point safe_until);
    /// The alert came to the state file only then, from a place that was as safe.
    /// It was neither taken nor spooled: the daemon may have seen its name all the same.
    void refuse(std::uint32_t number);
    void moved(std::uint32_t number, Clock::time_point at);
    /// The clock was set back, and how long ago questions of an earlier process were is not known: lost first
    /// contacts of what was accepted until now may not be found.
    void earlier_questions_forgotten();
    /// OTX is switched on or off.
    void otx_changed() { otx_changed_ = true; }
    /// OTX was given up for a question such as "hostname/www.x.com", which was logged.
    void not_checked(std::string_view question);
    /// OTX is asked for a name. One that it was asked for so often may have been given up as well: the log
    /// has a line for one of them in ten seconds.
    void otx_asked(std::string_view target);
    /// The filter has this suffix from now on, or soon.
    void filtered(const std::string& suffix) { filtered_.insert(suffix); }

    /// A process begins, which has no list yet; it takes alerts; it has the list.
    void no_list() { list_in_use_ = false; }
    void takes_alerts();
    void list_in_use() {
        list_in_use_ = true;
        list_in_use_since_.push_back(wall_seconds(WallClock::now()));
    }

    /// Domain Stats was asked for a domain.
    void asked(std::string_view domain);

    /// Somebody was told that the alert is safe.
    void accept(std::uint32_t number);

    /// An event at one of the outputs.
    void note(const std::string& output, std::string_view event);

    /// What is wrong, a sentence each.
    std::vector<std::string> wrong(const std::set<std::string>& outputs) const;

    /// Since when the oldest alert waits that must have an event at this output and has none yet.
    std::optional<Clock::time_point> waits_since(const std::string& output) const;

    std::size_t accepted() const { return accepted_.size(); }

  private:
    struct Accepted {
        Clock::time_point at;
        WallTime by_clock{};  // the same, as the daemon notes it
        bool may_be_lost = false;
        bool may_lack_first_contact = false;
        bool may_lack_list = false;  // it came before the list
        bool came_again = false;     // after a power cut that may have taken it
    };
    struct Told {
        unsigned by_stats = 0;
        unsigned by_otx = 0;
        unsigned by_list = 0;
        bool first_contact = false;
    };
    using OfOutput = std::map<std::uint32_t, Told>;

    Told told(const std::string& output, std::uint32_t number) const;
    bool lost(const Told& told, const Accepted& accepted, const MixedAlert& alert) const;
    bool given_up_by_otx(const std::string& name) const;
    bool excused(const Accepted& accepted, const MixedAlert& alert) const;
    void look_at_events(const std::string& output, std::vector<std::string>& wrong) const;
    bool may_be_retro(const Accepted& accepted) const;
    void look_at_retro(const std::string& output, std::vector<std::string>& wrong) const;
    void look_at_alerts(const std::string& output, std::vector<std::string>& wrong) const;
    void look_at_first_contacts(const std::string& output, std::vector<std::string>& wrong) const;

    const bool ages_;
    const bool lists_;
    bool list_in_use_ = false;
    std::vector<WallTime> list_in_use_since_;  // each time
    std::map<std::uint32_t, Accepted> accepted_;
    std::map<std::string, OfOutput> told_;
    std::map<std::string, std::map<std::string, unsigned>> retro_;  // by output, then by name
    std::vector<std::string> wrong_events_;
    unsigned repeats_ = 0;
    unsigned repeats_of_wazuh_ = 0;
    std::set<std::string> refused_;  // domains
    unsigned power_cuts_ = 0;
    unsigned ends_without_state_ = 0;
    bool otx_changed_ = false;
    std::set<std::string, std::less<>> not_checked_;
    std::map<std::string, unsigned, std::less<>> otx_asked_;  // how often, by name
    std::set<std::string> filtered_;
    std::map<std::string, Clock::time_point, std::less<>> asked_;  // by domain, the last time
    std::set<std::string> asked_before_a_power_cut_;
};

}  // namespace enrichd::test::simulation
