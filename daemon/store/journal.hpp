// Alerts that were acknowledged and are not finished. An alert leaves in the transaction that records what
// follows from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/alert.hpp"
#include "model/event.hpp"
#include "model/suspicion.hpp"
#include "store/database.hpp"
#include "store/outbox.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

using AlertNumber = std::int64_t;

/// An alert as the journal has it.
struct KeptAlert {
    AlertNumber number = 0;
    Alert alert;
    Destination destination = Destination::siem;
    Clock::time_point received;       // of an alert of an earlier run: when this run began
    std::optional<WallTime> taken;    // its question may have been on the wire since then
    std::optional<Suspicion> judged;  // only OTX is left to be asked
    std::uint64_t hash = 0;           // of its content; only written
};

/// What a step of an alert's way has left to be written down with it.
struct Step {
    std::vector<Undelivered> events;          // claimed in the outbox
    std::optional<RememberedVerdict> learnt;  // not before the event that it gave
};

/// What an alert in the journal waits for that is in nobody's hand.
enum class WaitsFor { domain_stats, otx };

class Journal {
  public:
    /// Contents of so many alerts are remembered, so that one which comes again is worked on once.
    static constexpr std::size_t recent_window = 65'536;

    Journal(Database& database, Outbox& outbox, std::size_t max_pending)
        : database_(database), outbox_(outbox), max_pending_(max_pending) {}

    void configure(std::size_t max_pending) { max_pending_ = max_pending; }

    /// Why no alert can be added now, if so: not_loaded, the database's trouble, journal_full.
    std::optional<error> refusal() const;

    /// Makes an alert durable with what it has left so far. `in_hand`: its trip goes on; else it waits here
    /// until take() gives it out. Errors: refusal(); then nothing is kept, and the events are released.
    task<result<AlertNumber>> add(KeptAlert alert, bool in_hand, Step step);

    /// Makes events durable whose alert is not kept. On an error they are released.
    task<error> add(Step step);

    /// These are written surely, each once for an alert: from here on only OTX is left; it goes back to wait;
    /// it is finished.
    void judged(AlertNumber number, Suspicion suspicion, Step step);
    void put_back(AlertNumber number, std::optional<Suspicion> judged);
    void finish(AlertNumber number, Step step);

    /// Events that no alert has left.
    void tell(Step step);

    /// At the start: what an earlier run had in hand, oldest first. From here on alerts can be added.
    task<result<std::vector<KeptAlert>>> load();
    task<result<std::vector<std::uint64_t>>> recent();  // oldest first
    void save_recent(std::vector<std::uint64_t> hashes);

    /// Gives out up to `count` that wait: for Domain Stats the oldest, for OTX the most suspicious.
    task<result<std::vector<KeptAlert>>> take(WaitsFor what, std::size_t count);

    std::size_t pending() const { return pending_; }
    std::size_t waiting(WaitsFor what) const { return what == WaitsFor::otx ? wait_for_otx_ : wait_; }

  private:
    void release(const Step& step);
    std::size_t& count(std::optional<Suspicion> judged) { return judged ? wait_for_otx_ : wait_; }

    Database& database_;
    Outbox& outbox_;
    std::size_t max_pending_;
    const std::int64_t run_ = Clock::now().time_since_epoch().count();
    bool loaded_ = false;
    std::size_t pending_ = 0;
    std::size_t wait_ = 0;
    std::size_t wait_for_otx_ = 0;
};

}  // namespace enrichd
