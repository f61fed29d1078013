// Alerts that were acknowledged and are not finished. An alert leaves in the transaction that records what
// follows from it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "model/alert.hpp"
#include "model/event.hpp"
#include "model/suspicion.hpp"
#include "store/database.hpp"
#include "store/open_ages.hpp"
#include "store/outbox.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

using AlertNumber = std::int64_t;

/// An alert as the journal has it.
struct KeptAlert {
    AlertNumber number = 0;
    Alert alert;
    Destination destination = Destination::siem;
    Clock::time_point received;            // of an alert of an earlier run: when this run began
    std::optional<WallTime> taken;         // its question may have been on the wire since then
    std::optional<Clock::time_point> due;  // it is put off until then
    std::optional<Suspicion> judged;       // only OTX is left to be asked
    std::uint64_t hash = 0;                // of its content; only written
};

/// From the columns number, run, received, destination, alert_id, agent_id, agent_name, agent_ip, query,
/// taken and judged, whatever is in them. `run` is the present one.
KeptAlert kept_alert(const Row& row, std::int64_t run);

/// What a step of an alert's way has left to be written down with it.
struct Step {
    std::vector<Undelivered> events;          // claimed in the outbox
    std::optional<RememberedVerdict> learnt;  // of Domain Stats; not before the event that it gave
    std::optional<OpenAge> open_age{};        // to be asked for again
    std::string closed_age{};                 // the domain of one that needs no more question
};

/// What an alert in the journal waits for that is in nobody's hand.
enum class WaitsFor {
    domain_stats,
    another_try,  // put off, since Domain Stats failed for its domain and answers others
    otx
};

class Journal {
  public:
    /// Contents of so many alerts are remembered, so that one which comes again is worked on once.
    static constexpr std::size_t recent_window = 65'536;

    Journal(Database& database, Outbox& outbox, std::size_t max_pending)
        : database_(database), outbox_(outbox), max_pending_(max_pending) {}

    void configure(std::size_t max_pending) { max_pending_ = max_pending; }
    std::size_t max_pending() const { return max_pending_; }

    /// Why no alert can be added now, if so: not_loaded, the database's trouble, journal_full. Alerts that
    /// only wait for OTX do not count: they have a share of their own, see make_room().
    std::optional<error> refusal() const;

    /// Number of alerts or events that can be added now.
    std::size_t room() const;

    bool loaded() const { return loaded_; }

    /// Makes an alert durable with what it has left so far. `in_hand`: its trip goes on; else it waits here
    /// until take() gives it out. Errors: refusal(); then nothing is kept, and the events are released.
    task<result<AlertNumber>> add(KeptAlert alert, bool in_hand, Step step);

    /// Makes events durable whose alert is not kept: there was room() when they were claimed. On an error
    /// they are released.
    task<error> add(Step step);

    /// These are written surely. For an alert in hand: only OTX is left; it goes back to wait, as it says
    /// itself (with OTX for half a minute at least), also into a file that does not know it; it is finished.
    void judged(AlertNumber number, Suspicion suspicion, Step step);
    void put_back(KeptAlert alert);
    void finish(AlertNumber number, Step step);

    /// Events that no alert has left.
    void tell(Step step);

    struct Loaded {
        std::vector<KeptAlert> in_hand;     // oldest first
        std::vector<KeptAlert> put_off;     // of each name one, asked first of all; still waiting
        std::vector<std::uint64_t> recent;  // hashes of contents, oldest first
    };

    /// At the start: what an earlier run has left. From here on alerts can be added.
    task<result<Loaded>> load();

    /// Contents for the next run, all of them.
    void save_recent(std::vector<std::uint64_t> hashes);

    /// Gives out up to `count` that wait, to be in hand: the oldest; those that are due; for OTX the most
    /// suspicious.
    task<result<std::vector<KeptAlert>>> take(WaitsFor what, std::size_t count);

    /// Counts anew what waits: the file may be another one.
    task<error> recount();
    bool reopened() const { return database_.openings() != counted_at_; }

    /// Alerts that wait for OTX and are given up, counted in dropped(): some of those received before a time;
    /// the least suspicious, when more wait for OTX than may. True when there may be more.
    task<bool> expire(Clock::time_point received_before);
    task<bool> make_room();

    std::size_t pending() const;

    /// Alerts that only wait for OTX, and how many of them there may be: half as many as of all others.
    std::size_t only_for_otx() const { return judged_in_hand_.size() + waiting(WaitsFor::otx); }
    std::size_t max_only_for_otx() const { return max_pending_ / 2; }
    std::size_t waiting(WaitsFor what) const { return waiting_[static_cast<std::size_t>(what)]; }
    const Tally& dropped() const { return dropped_; }  // by reason

  private:
    std::optional<error> unwritable() const;
    std::size_t counted() const;
    void release_at_once(const Step& step);
    void release(const Step& step);
    void now_waits(WaitsFor what);
    task<bool> drop(std::string_view reason, Database::Work work, std::shared_ptr<std::int64_t> dropped);

    Database& database_;
    Outbox& outbox_;
    std::size_t max_pending_;
    const std::int64_t run_ = Clock::now().time_since_epoch().count();
    bool loaded_ = false;
    std::uint64_t counted_at_ = 0;  // the file's opening
    std::size_t in_hand_ = 0;
    std::unordered_set<AlertNumber> judged_in_hand_;  // of these, what only waits for OTX
    std::array<std::size_t, 3> waiting_{};            // by WaitsFor
    std::array<std::size_t, 3> since_{};  // of these, put there behind the count that is on its way
    Tally dropped_;
};

}  // namespace enrichd
