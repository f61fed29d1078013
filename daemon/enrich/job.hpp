// One alert on its way.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "enrich/ack.hpp"
#include "model/domain_stats_verdict.hpp"
#include "model/host_name.hpp"
#include "policy/first_contact.hpp"
#include "store/journal.hpp"

namespace enrichd {

struct Job {
    Alert alert;
    Clock::time_point received;
    Destination destination = Destination::siem;
    std::uint64_t hash = 0;  // of its content, for the journal

    /// How long it waits for Domain Stats, when that is shorter than for all.
    std::optional<std::chrono::milliseconds> patience{};

    /// What of its question was put on the wire by an earlier run, whose answer may have been lost.
    Asked asked{};

    /// Domain Stats' part is done; only OTX is left.
    std::optional<Suspicion> judged{};

    /// Its place in the journal, once it is kept there.
    std::optional<AlertNumber> number{};

    /// What Enricher::at_once has found out already.
    struct Begun {
        HostName name;
        std::optional<DomainStatsAnswer> known;
        bool told = false;     // all that there is to tell
        bool refused = false;  // it cannot be told now, and nothing can be kept
    };
    std::optional<Begun> begun{};

    /// What was decided and why, in words that live for ever: for the log.
    std::string_view decision = "nothing";  // reported, nothing, filtered, refused or error
    std::string_view reason = "not suspicious";

    /// What its way has left that is not written down yet.
    Step step{};

    /// For the source of the alert.
    Ack ack{};
};

/// An alert that comes out of the journal.
inline Job job_of(KeptAlert kept) {
    Job job{std::move(kept.alert), kept.received, kept.destination};
    if (kept.taken) job.asked = {kept.taken, 1};
    job.judged = kept.judged;
    job.number = kept.number;
    return job;
}

}  // namespace enrichd
