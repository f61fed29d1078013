// Alerts by which an operator tests the way from the shim to the outputs: `enrichd selftest`. The name in one
// is a random one that was asked for over the admin socket, so nobody else can make such an event by a DNS
// query. It is not looked up.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/event.hpp"
#include "store/outbox.hpp"

namespace enrichd {

struct SelfTest {
    Clock::time_point since;
    std::string_view source{};           // that brought the alert; empty: it did not come yet
    bool reported = false;               // its event was given to the outputs
    std::vector<std::string> waiting{};  // outputs that could not take it: it waits in the outbox for them
};

class SelfTests {
  public:
    static constexpr std::string_view kind = "selftest";
    static constexpr auto lifetime = std::chrono::minutes(1);
    static constexpr std::size_t most = 16;

    /// Whether a name is of this kind, expected or not: such a name is never looked up.
    static bool is_name(std::string_view name);

    /// The name for an alert that is expected within `lifetime`; empty when `most` are expected already.
    std::string expect();

    /// The event for such an alert until one was taken by all outputs. Nothing for all others.
    std::optional<Event> event_for(const Alert& alert, std::string_view source);

    /// It was given to the outputs; those in `left` did not take it.
    void reported(const std::string& name, const std::vector<Undelivered>& left);

    /// Null for a name that is not expected, or not any more.
    const SelfTest* find(const std::string& name);

    /// Alerts so far that were self-tests.
    std::uint64_t count() const { return count_; }

  private:
    void forget_old();

    std::map<std::string, SelfTest, std::less<>> tests_;
    std::uint64_t count_ = 0;
};

}  // namespace enrichd
