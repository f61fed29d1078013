// One alert on its way.
#pragma once

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/event.hpp"
#include "model/host_name.hpp"
#include "model/severity.hpp"
#include "model/suspicion.hpp"
#include "pipeline/ack.hpp"
#include "pipeline/first_contact.hpp"
#include "pipeline/name_marks.hpp"
#include "pipeline/policy.hpp"
#include "store/journal.hpp"

namespace enrichd {

/// What Repeats has noted of an event: see Event.
struct ReportedEvent {
    std::string subject;
    bool about_agent;
    KindSet findings;
};

/// How far it has come: the stages before `stage` are done and reported; those before `at` are done, and what
/// they found is in `found`. Only the pipeline changes it.
struct JobProgress {
    std::string resume_at{};  // the stage's name, of an alert that comes out of the journal
    std::optional<HostName> name{};
    std::size_t stage = 0;
    std::size_t at = 0;
    boost::container::small_vector<Event, 2> found{};
    bool refused = false;  // it could not be reported, and nothing can be kept
    boost::container::small_vector<ReportedEvent, 2> reported{};
};

/// What was decided and why, in words that live for ever: for the log.
struct Decision {
    /// reported, repeat, allowed, learning, nothing, filtered, refused or error
    std::string_view what = "nothing";
    std::string_view why = "not suspicious";
};

struct Job {
    Alert alert;
    Clock::time_point received;
    Destination destination = Destination::siem;
    std::string_view source{};  // that brought it, which lives for ever; empty: the journal
    std::uint64_t hash = 0;     // of its content; 0: not known, of an alert that an earlier version kept

    /// How long it waits for the domain check, when that is shorter than for all.
    std::optional<std::chrono::milliseconds> patience{};

    /// What of its question was put on the wire by an earlier run, whose answer may have been lost.
    Asked asked{};

    /// How suspicious its name is, by what was found so far or because somebody asked for it.
    Suspicion rank = Suspicion::none;

    /// When its domain was registered, for the events of later stages. Not kept in the journal.
    std::optional<WallTime> registered{};

    /// What is known here of its name, and what is not reported of it.
    NameMarks marks{};
    Silences silences{};

    /// Which agents have asked for its domain. Nothing when that is not known: then it is to be noted when
    /// the alert becomes durable, if `contact_is_new`.
    std::optional<AgentContact> contact{};
    bool contact_is_new = false;
    bool agent_to_be_shared = false;  // it is new here, and other hosts may not know of it yet

    /// When the lists were asked for its name, until that is noted (store/asked_names.hpp).
    std::optional<WallTime> to_be_noted{};

    /// An event for it was reported long ago, and this is another.
    bool late = false;

    /// Of the last event that was reported.
    Grade grade{};

    /// Its place in the journal, once it is kept there.
    std::optional<AlertNumber> number{};

    JobProgress progress{};
    Decision decision{};
    KindSet found{};                                             // all findings, reported or not
    boost::container::small_vector<std::string_view, 2> sent{};  // Event::kind of what was reported

    /// What its way has left that is not written down yet.
    Step step{};

    /// For the source of the alert.
    Ack ack{};
};

/// An alert that comes out of the journal.
inline Job job_of(KeptAlert kept) {
    Job job{std::move(kept.alert), kept.received, kept.destination};
    if (kept.taken) job.asked = Asked::in_earlier_run(*kept.taken);
    job.rank = kept.rank;
    job.progress.resume_at = std::move(kept.stage);
    job.number = kept.number;
    job.hash = kept.hash;
    job.contact = kept.contact;
    job.agent_to_be_shared = kept.contact.has_value();
    job.late = kept.of_earlier_run;  // how late, nobody knows
    return job;
}

}  // namespace enrichd
