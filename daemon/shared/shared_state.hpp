// What hosts that use one server share: first contacts, verdicts and quotas. Off unless the configuration
// names a server. While that is away each host decides by itself, with its share of the quotas.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <string>

#include "base/random.hpp"
#include "net/lookup.hpp"
#include "net/tasks.hpp"
#include "shared/first_contacts.hpp"
#include "shared/questions.hpp"
#include "shared/redis.hpp"
#include "shared/shared_alerts.hpp"
#include "shared/shared_config.hpp"

namespace enrichd {

class SharedState {
  public:
    SharedState(asio::io_context& io, Lookup& lookup);

    /// At the start and at each reload.
    void configure(const SharedConfig& config);

    /// Runs until stop(). What earlier runs have reported is written once the state file was read. Both
    /// outlive it.
    void start();
    void start_restored(Domains& domains, Snapshot& snapshot);

    /// Writes to the server what it lacks, and ends, until `limit`.
    task<void> stop(Clock::time_point limit);
    const Tasks& tasks() const { return tasks_; }

    bool on() const { return redis_.on(); }

    /// Which domains may leave this host.
    void filter_by(const std::function<bool(const std::string& domain)>& may_leave) {
        contacts_.filter_by(may_leave);
        alerts_.filter_by(may_leave);
    }

    const std::string& node() const { return node_; }

    /// That have used the server lately, as far as is known; this one is among them.
    std::uint64_t hosts() const { return hosts_; }
    /// Another host has the same name: then neither can be trusted to report a first contact once.
    bool name_taken() const { return name_taken_; }

    const Redis& redis() const { return redis_; }
    SharedContacts& contacts() { return contacts_; }
    const SharedContacts& contacts() const { return contacts_; }
    SharedAlerts& alerts() { return alerts_; }
    const SharedAlerts& alerts() const { return alerts_; }
    SharedQuestions& questions() { return questions_; }
    const SharedQuestions& questions() const { return questions_; }

    /// The server decides nothing now: this host does, with its part of the quotas.
    bool alone() const { return on() && (redis_.trouble() || questions_.alone()); }

    /// Of a quota, what this host may ask.
    std::size_t share_of(std::size_t per_hour) const;

    /// Waits until the server has answered, or is known to be down; at most until `limit`.
    task<void> found_out(Clock::time_point limit) const;

  private:
    task<void> keep_in_touch();
    task<void> meet();
    task<void> recall_hosts();
    task<void> write_last(Clock::time_point limit);

    Tasks tasks_;
    Redis redis_;
    SharedContacts contacts_{redis_};
    SharedQuestions questions_{redis_};
    SharedAlerts alerts_{redis_};
    SharedConfig config_;
    std::string node_;
    std::string run_;             // of this process
    Domains* domains_ = nullptr;  // once the state file was read
    Snapshot* snapshot_ = nullptr;
    std::uint64_t hosts_ = 1;
    bool met_ = false;
    bool all_written_ = false;  // at the stop
    unsigned others_ = 0;       // runs that had this name in between
    bool name_taken_ = false;
};

}  // namespace enrichd
