// First contacts of all hosts: which of them reports one. The shared state server knows which domains were
// reported, and who is about to. A claim that is not followed by a report is given to the next who asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "shared/redis.hpp"
#include "store/domains.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

struct SharedContactCounts {
    Counters claims;            // by outcome: "ours", "reported", "claimed", "alone"
    std::uint64_t reports = 0;  // written to the server
    std::uint64_t twice = 0;    // of these, another host had reported the domain too
};

class SharedContacts {
  public:
    /// A claim is given up after this, when its host has ended: longer than any restart.
    static constexpr std::chrono::minutes claimed_for{10};

    explicit SharedContacts(Redis& redis) : redis_(redis) {}

    void configure(std::string prefix, std::string node, std::chrono::milliseconds keep);

    /// `contact` is the first by the state file: it stays that when this host is to report it.
    task<void> claim(const std::string& domain, Contact& contact);

    /// Writes to the server what was reported, also by earlier runs; all of it when it is another server.
    /// Until it is cancelled. Both outlive it.
    task<void> keep_reported(Domains& domains, Snapshot& snapshot);

    /// The identity of the server, when it answers.
    void server_is(const std::string& identity);

    /// At the stop: what was reported and is not written yet, until `limit`. It outlives the call.
    task<void> write_last(Domains& domains, Clock::time_point limit);

    /// Which domains may leave this host.
    void filter_by(std::function<bool(const std::string& domain)> may_leave) {
        may_leave_ = std::move(may_leave);
    }

    /// An operator has had it forgotten.
    task<void> forget(std::string domain);

    /// There are reported domains that the server does not know yet.
    bool behind() const { return behind_; }
    const SharedContactCounts& counts() const { return counts_; }

  private:
    std::string key_of(const std::string& domain) const { return prefix_ + ":d:" + domain; }
    task<error> restore(Domains& domains, Snapshot& snapshot);
    task<bool> report_some(Domains& domains);
    task<bool> write(std::vector<SeenDomain> domains);
    task<void> write_again();
    void note_twice(const std::vector<std::string>& names, const std::vector<RedisReply>& by_others);

    Redis& redis_;
    std::string prefix_;
    std::string node_;
    std::string keep_;
    std::function<bool(const std::string&)> may_leave_;
    std::string identity_;                      // of the server that answers
    std::string known_to_;                      // of the server that has what this host reported
    std::int64_t serial_ = 0;                   // of that server; in Domains
    std::optional<std::uint64_t> restored_at_;  // the opening of the state file
    bool behind_ = false;
    Clock::time_point claimed_at_{};  // last
    Clock::time_point next_look_{};
    std::unordered_set<std::string> alone_;  // domains that were reported without a claim, some of them
    struct Written {
        Clock::time_point at;
        SeenDomain what;
    };
    std::deque<Written> written_;  // to the server, lately
    std::uint64_t connects_ = 0;   // to it, when these were written
    SharedContactCounts counts_;
};

}  // namespace enrichd
