// Events that an output did not take at once: they wait in the state file, each output's in
// order.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "store/database.hpp"

namespace enrichd {

/// One event for one output, whose name lives for ever.
struct Undelivered {
    std::string_view output;
    Event event;
};

struct StoredEvent {
    std::int64_t number;
    Event event;
};

/// From the columns number, kind, destination, location, agent_id, agent_name, agent_ip and json, whatever is
/// in them.
StoredEvent stored_event(const Row& row);

class Outbox {
  public:
    explicit Outbox(Database& database) : database_(database) {}

    /// From here on later events for this output have to wait behind this one, which is to be added; or given
    /// up: at once, in the same turn of the loop, or when adding it has failed.
    void claim(std::string_view output);
    void release_at_once(std::string_view output);
    void release(std::string_view output);

    /// Adds events without waiting; they are written as soon as the state file takes them.
    void put(std::string_view output, std::vector<Event> events);

    /// Part of a transaction, for events that were claimed.
    static void add(StateFile& file, const std::vector<Undelivered>& events);

    /// The oldest that wait for an output.
    task<result<std::vector<StoredEvent>>> oldest(std::string_view output, std::size_t count);

    /// It is delivered. `opening` is when it was read: of another file it was never counted.
    void remove(std::string_view output, std::int64_t number, std::uint64_t opening);
    std::uint64_t opening() const { return database_.openings(); }

    /// At the start: for the outputs that there are. What waits for one that there is no more is dropped and
    /// logged.
    task<error> load(std::vector<std::string_view> outputs);

    /// Counts anew what waits: the file may be another one.
    task<error> recount();

    std::size_t waiting(std::string_view output) const;
    std::size_t waiting() const;

  private:
    Database& database_;
    std::vector<std::string_view> outputs_;
    std::map<std::string_view, std::size_t> waiting_;
    bool counting_ = false;                   // a count is on its way,
    std::map<std::string_view, long> since_;  // and so many were added behind it, or removed
};

}  // namespace enrichd
