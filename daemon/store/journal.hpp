// Alerts that were acknowledged and are not finished. An alert leaves in the transaction that records what
// follows from it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/alert.hpp"
#include "model/event.hpp"
#include "model/suspicion.hpp"
#include "store/database.hpp"
#include "store/open_ages.hpp"
#include "store/outbox.hpp"
#include "store/prevalence.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

using AlertNumber = std::int64_t;

/// An alert as the journal has it.
struct KeptAlert {
    AlertNumber number = 0;
    Alert alert;
    Destination destination = Destination::siem;
    Clock::time_point received;             // of an alert of an earlier run: when this run began
    std::string stage;                      // that is next for it
    Suspicion rank = Suspicion::none;       // of those that wait for a stage the highest come first
    std::optional<WallTime> taken;          // its question may have been on the wire since then
    std::optional<Clock::time_point> due;   // not before then
    bool deferred = false;                  // until then, since its name failed and others did not
    std::uint64_t hash = 0;                 // of its content; only written
    std::optional<AgentContact> contact{};  // which agents have asked for its domain
    bool of_earlier_run = false;
};

/// From the columns number, run, received, destination, alert_id, agent_id, agent_name, agent_ip, query,
/// taken, stage, rank, context and contact, whatever is in them. `run` is the present one.
KeptAlert kept_alert(const Row& row, std::int64_t run);

/// What a step of an alert's way has left to be written down with it.
struct Step {
    std::vector<Undelivered> events;           // claimed in the outbox
    std::optional<RememberedVerdict> learnt;   // of Domain Stats; not before the event that it gave
    bool learnt_unnoted = false;               // the file may not know the domain of it
    std::optional<OpenAge> open_age{};         // to be asked for again
    std::string closed_age{};                  // the domain of one that needs no more question
    std::optional<NewAgentContact> contact{};  // of the alert; noted with it
};

class Journal {
  public:
    /// Contents of so many alerts are remembered, so that one which comes again is worked on once.
    static constexpr std::size_t recent_window = 65'536;

    Journal(Database& database, Outbox& outbox, std::size_t max_pending)
        : database_(database), outbox_(outbox), max_pending_(max_pending) {}

    /// At the start. `own_share`: alerts that wait for it do not count for max_pending; there may be half as
    /// many of them.
    void add_stage(std::string_view stage, bool own_share) {
        stages_[std::string(stage)].own_share = own_share;
    }

    void configure(std::size_t max_pending) { max_pending_ = max_pending; }
    std::size_t max_pending() const { return max_pending_; }

    /// Why no alert can be added now, if so: not_loaded, the database's trouble, journal_full. Alerts of a
    /// stage with a share of its own do not count, see make_room().
    std::optional<error> refusal() const;

    /// Number of alerts or events that can be added now.
    std::size_t room() const;

    bool loaded() const { return loaded_; }

    /// Makes an alert durable with what it has left so far. `in_progress`: its way goes on; else it waits
    /// here until take() gives it out. Errors: refusal(); then nothing is kept, and the events are released.
    task<result<AlertNumber>> add(KeptAlert alert, bool in_progress, Step step);

    /// Makes events durable whose alert is not kept, and the hash of its content: there was room() when they
    /// were claimed. On an error they are released.
    task<error> add(Step step, std::uint64_t hash);

    /// These are written surely. For an alert in progress: it comes to another stage; it goes back to wait,
    /// as it says itself, also into a file that does not know it; it is finished.
    void advance(AlertNumber number, std::string_view from, std::string_view to, Suspicion rank,
                 std::optional<WallTime> taken, Step step);
    void put_back(KeptAlert alert);
    void finish(AlertNumber number, std::string_view stage, Step step);

    /// Events that no alert has left.
    void record(Step step);

    struct Loaded {
        std::vector<KeptAlert> in_progress;  // oldest first
        std::vector<KeptAlert> deferred;     // of each name one, asked first of all; still waiting
        std::vector<std::uint64_t> recent;   // hashes of contents, oldest first
    };

    /// At the start: what an earlier run has left. From here on alerts can be added.
    task<result<Loaded>> load();

    /// Contents for the next run, all of them.
    void save_recent(std::vector<std::uint64_t> hashes);

    /// Gives out up to `count` that wait for a stage, to be in progress: those of the highest rank, of these
    /// the oldest; of those that are deferred the first that are due. `asks`: from here on they count as
    /// asked.
    task<result<std::vector<KeptAlert>>> take(std::string stage, bool asks, std::size_t count);
    task<result<std::vector<KeptAlert>>> take_deferred(std::string stage, bool asks, std::size_t count);

    /// Counts anew what waits: the file may be another one.
    task<error> recount();
    bool reopened() const { return database_.openings() != counted_at_; }

    /// Alerts that wait for a stage and are given up, counted in dropped(): some of those received before a
    /// time; those of the lowest rank, when there are more than its own share. True when there may be more.
    task<bool> expire(std::string stage, Clock::time_point received_before);
    task<bool> make_room(std::string stage);

    /// All alerts; those of one stage, in progress or waiting; those of it that wait and are not deferred, or
    /// are.
    std::size_t pending() const;
    std::size_t pending(std::string_view stage) const;
    std::size_t waiting(std::string_view stage) const;
    std::size_t waiting() const;  // for stages without a share of their own
    std::size_t deferred(std::string_view stage) const;
    std::size_t deferred() const;
    bool has_own_share(std::string_view stage) const { return of(stage).own_share; }
    std::size_t own_share() const { return max_pending_ / 2; }

    /// Of the stages that were added, and of those for which a file has alerts that wait.
    std::vector<std::string> stages() const;

    Counters dropped(std::string_view stage) const;  // by reason

  private:
    struct Counts {
        bool own_share = false;
        std::size_t in_progress = 0;
        std::size_t waiting = 0;
        std::size_t deferred = 0;
        std::size_t waiting_since = 0;  // of these, put there behind the count that is on its way
        std::size_t deferred_since = 0;
        Counters dropped;

        std::size_t all() const { return in_progress + waiting + deferred; }
    };
    std::optional<error> unwritable() const;
    std::size_t counted() const;
    const Counts& of(std::string_view stage) const;
    Counts& of(std::string_view stage);
    void release_at_once(const Step& step);
    void release(const Step& step);
    task<result<std::vector<KeptAlert>>> take_by(const std::string& statement, std::string stage, bool asks,
                                                 std::size_t count);
    task<bool> drop(std::string stage, std::string_view reason, Database::Work work,
                    std::shared_ptr<std::int64_t> dropped);

    Database& database_;
    Outbox& outbox_;
    std::size_t max_pending_;
    const std::int64_t run_ = Clock::now().time_since_epoch().count();
    bool loaded_ = false;
    std::uint64_t counted_at_ = 0;  // the file's opening
    std::map<std::string, Counts, std::less<>> stages_;
};

}  // namespace enrichd
