// One alert on its way.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "base/units.hpp"
#include "model/alert.hpp"
#include "model/event.hpp"
#include "model/suspicion.hpp"
#include "policy/first_contact.hpp"

namespace enrichd {

/// How far an alert has come: what is written down with one that outlives the daemon.
struct Progress {
    /// What of its question was put on the wire without an event to show for it, so that a first contact is
    /// not lost with the answer.
    Asked asked;

    /// Domain Stats' part is done, its event sent; only OTX is left.
    std::optional<Suspicion> judged;
};

struct Job {
    Alert alert;
    Clock::time_point received;
    Destination destination = Destination::siem;
    Progress progress{};

    /// Makes the alert safe and tells the sender so. Called before the trip waits for anything, at most once;
    /// a trip that never waits leaves it to its end.
    std::function<void()> on_acknowledge{};

    /// From here on the alert waits for OTX, which may be for hours: it gives up the place that it holds
    /// among those in hand. Called at most once, after on_acknowledge.
    std::function<void()> on_set_aside{};

    void acknowledge() {
        if (on_acknowledge) std::exchange(on_acknowledge, nullptr)();
    }
    void set_aside() {
        if (on_set_aside) std::exchange(on_set_aside, nullptr)();
    }
};

inline result<Job> job_of(result<Alert> alert) {
    if (!alert) return alert.error();
    return Job{*std::move(alert), Clock::now()};
}

/// Domain Stats has had its say already: it raised the alert.
inline result<Job> job_of(result<ActiveResponse> response) {
    if (!response) return response.error();
    return Job{
        std::move(response->alert), Clock::now(), Destination::active_response, {{}, response->suspicion}};
}

}  // namespace enrichd
