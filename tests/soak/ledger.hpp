// What became of each of millions of alerts, in two bytes each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fakes/fake_domain_stats.hpp"
#include "soak/mix.hpp"

namespace enrichd::test {

struct Account {
    std::size_t accepted = 0;  // alerts, without those that came once more
    std::size_t told = 0;      // of them, that must have an event
    std::size_t lost = 0;      // accepted, and what must come of it did not
    std::size_t events = 0;
    std::size_t repeated = 0;  // events of an alert whose like had come before
    std::size_t errors = 0;    // error events
    std::size_t first_contacts_missing = 0;
    std::size_t first_contacts_false = 0;
    std::vector<std::string> examples;  // of what is wrong

    bool good() const { return lost + first_contacts_missing + first_contacts_false == 0; }
};

class Ledger {
  public:
    Ledger(const Mix& mix, std::size_t alerts) : mix_(mix), accepted_(alerts + 1), told_(alerts + 1) {}

    /// From any thread, but of one alert from one alone.
    void accept(std::size_t number) { accepted_[number] = 1; }

    /// An event at Wazuh's end, in its queue or as a line in its log of active responses. From one thread.
    void note(std::string_view event);

    /// When all is read. The server at which domains were asked for says of which it heard, the daemon how
    /// many alerts it finished: most have no event.
    Account account(const fakes::Counts& domain_stats, std::size_t finished) const;

  private:
    bool lost(const MixedAlert& alert, const fakes::Counts& domain_stats) const;

    const Mix& mix_;
    std::vector<std::uint8_t> accepted_;
    std::vector<std::uint8_t> told_;                            // bits, see the definition
    std::unordered_map<std::string, unsigned> first_contacts_;  // by domain
    std::size_t events_ = 0;
    std::size_t repeated_ = 0;
    std::size_t errors_ = 0;
    std::size_t of_nobody_ = 0;  // events without an alert that was sent
};

}  // namespace enrichd::test
