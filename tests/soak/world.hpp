// All that a daemon meets, with faults on command, and a ledger of what became of each alert.
//
// Each alert has a number, which is its id: the queue at Wazuh's end sees it in every event of that alert.
// All names are judged NEW by the fake Domain Stats, so each alert ends in an event; those that begin with
// "bad" in one of OTX too. Of the alerts for one domain exactly one is its first contact.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_otx.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "support/daemon_under_test.hpp"

namespace enrichd::test {

/// What came of a run. A repeated event is one of an alert whose like had come before.
struct Outcome {
    std::size_t accepted = 0;  // the shim exited 0
    std::size_t refused = 0;   // it exited 1
    std::size_t lost = 0;      // accepted, and an event of it is missing
    std::size_t repeated = 0;
    std::size_t resendable =
        0;                      // events that Wazuh's end read within 3 s before it left: they may come again
    std::size_t errors = 0;     // error events
    std::size_t strangers = 0;  // alerts with an event that were not accepted
    std::size_t first_contacts_missing = 0;
    std::size_t first_contacts_false = 0;
    bool in_order = true;  // first events of the alerts, by number
    std::chrono::milliseconds slowest_shim{0};
    std::vector<std::string> examples;  // of what is wrong

    bool good() const { return lost + first_contacts_missing + first_contacts_false == 0; }
    std::string text() const;
};

/// What the kernel says of the daemon.
struct Vitals {
    long resident = 0;  // kB
    std::size_t descriptors = 0;
    std::size_t threads = 0;
};

class World {
  public:
    /// Told of each event at Wazuh's end, on the thread that reads there.
    using Reader = std::function<void(std::string_view)>;

    /// `more` is YAML at top level beside what connects all parts. The state and spool directories may lie
    /// elsewhere than in the daemon's home. With a `reader` there is no ledger here: it keeps its own.
    explicit World(const std::string& more = {}, bool with_otx = true, Reader reader = {});
    ~World();

    /// Through the real shim; from any thread. The number must be new.
    void send(std::size_t number, const std::string& name);

    /// From its next start on the daemon follows this file from its beginning.
    void follow(const std::filesystem::path& file);

    /// The alert stands in a file that is followed; from any thread.
    void accept(std::size_t number, const std::string& name);

    /// Alerts that have an event.
    std::size_t reported() const;

    /// Accepted, and without an event so far.
    std::size_t waiting() const;

    /// Waits until each accepted alert has its events and nothing is in work any more.
    bool all_reported(std::chrono::seconds limit);

    /// Runs the shim on any alert; the number is for its file's name.
    ShimRun shim_on(std::size_t number, const std::string& alert);

    DaemonUnderTest& daemon() { return *daemon_; }
    fakes::FakeDomainStats& domain_stats() { return domain_stats_; }
    fakes::FakeOtx& otx() { return otx_; }

    void domain_stats_leaves() { domain_stats_.leave(); }
    void domain_stats_comes() { domain_stats_.come_back(); }
    void wazuh_leaves();
    void wazuh_comes();
    /// Wazuh's socket is there; what is sent to it is read, or stays there until it is full.
    void wazuh_reads(bool reads) { wazuh_reads_ = reads; }

    /// No file of the daemon may grow beyond so many bytes, as on a full disk, until it starts again. 0 is as
    /// it was.
    void limit_disk(std::size_t bytes);

    /// /healthz says ok.
    bool healthy() const;

    /// Waits until nothing is in work any more. False when that takes longer than `limit`.
    bool settled(std::chrono::seconds limit = std::chrono::seconds(60));

    /// Waits until what is in Wazuh's queue now was read. When it is settled, that is all.
    void all_read();

    /// When it is settled.
    Outcome outcome();

    Vitals vitals() const;

  private:
    struct Fate {
        std::string name;
        unsigned domain_stats = 0;
        unsigned otx = 0;
        unsigned first_contacts = 0;
    };
    void read_all_the_time();
    void read_queue();
    void note(std::string_view message);
    bool lacks(const std::string& name, const Fate& fate) const;

    TempDir dir_;
    std::string config_;
    fakes::FakeDomainStats domain_stats_;
    fakes::FakeOtx otx_;
    std::unique_ptr<DaemonUnderTest> daemon_;
    bool with_otx_;
    Reader to_;

    // Only the thread that reads touches the queue: it is told to leave and to come.
    std::unique_ptr<fakes::FakeWazuhQueue> queue_;
    std::atomic<bool> wazuh_wanted_ = true;
    std::atomic<bool> wazuh_is_there_ = true;
    std::atomic<bool> wazuh_reads_ = true;
    std::atomic<std::uint64_t> reads_ = 0;

    mutable std::mutex guard_;  // of all below down to `ending_`
    std::map<std::size_t, Fate> accepted_;
    std::map<std::size_t, Fate> told_;
    std::vector<std::size_t> order_;
    std::deque<std::chrono::steady_clock::time_point> lately_;  // events read
    std::size_t resendable_ = 0;
    std::size_t refused_ = 0;
    std::size_t errors_ = 0;
    std::chrono::milliseconds slowest_{0};
    std::atomic<bool> ending_ = false;
    std::thread reader_;
};

/// Sends `count` alerts beginning with `first`, from so many threads at once, evenly over `time` when that is
/// not 0. `name_of` gives each its name.
void send_many(World& world, std::size_t first, std::size_t count, std::size_t threads,
               std::chrono::milliseconds time, const std::function<std::string(std::size_t)>& name_of,
               std::atomic<std::size_t>* sent = nullptr);

}  // namespace enrichd::test
