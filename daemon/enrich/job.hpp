// One alert on its way.
#pragma once

#include <functional>
#include <utility>

#include "base/units.hpp"
#include "model/alert.hpp"
#include "policy/first_contact.hpp"

namespace enrichd {

struct Job {
    Alert alert;
    Clock::time_point received;

    /// What of its question was put on the wire without an event to show for it. It is written down with an
    /// alert that outlives the daemon, so that a first contact is not lost with the answer.
    Asked asked;

    /// Makes the alert safe and tells the sender so. Called before the trip waits for anything, at most once;
    /// a trip that never waits leaves it to its end.
    std::function<void()> on_acknowledge;

    void acknowledge() {
        if (on_acknowledge) std::exchange(on_acknowledge, nullptr)();
    }
};

}  // namespace enrichd
