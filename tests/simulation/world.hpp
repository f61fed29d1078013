// What is around the daemon in a simulated run, and the loop that turns both.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/daemon.hpp"
#include "base/clock.hpp"
#include "base/health.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "simulation/disk.hpp"
#include "simulation/ledger.hpp"
#include "simulation/network.hpp"
#include "simulation/senders.hpp"
#include "simulation/simulation.hpp"
#include "simulation/threads.hpp"

namespace enrichd::test::simulation {

class World {
  public:
    World(const RunSettings& settings, std::string directory);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Outcome run();

  private:
    /// One seed in four has no Domain Stats server.
    static bool embedded(std::uint64_t seed) { return seed % 4 == 3; }
    /// One in four has a local list.
    static bool lists(std::uint64_t seed) { return seed % 4 == 1; }
    /// One in three shares its state with other hosts, of which none is there.
    static bool shared(std::uint64_t seed) { return seed % 3 == 2; }
    /// One in two names rotated files by dates, the other counts them.
    static bool dated(std::uint64_t seed) { return seed % 2 == 0; }
    /// Then questions wait for each other.
    static bool one_connection(std::uint64_t seed) { return seed % 3 == 0; }

    std::string place(const char* name) const { return root_ + "/" + name; }
    void note(std::string_view line);
    void fail(std::string sentence);

    void write_config();
    void live();
    void rest();
    void turn(asio::io_context& io, Clock::time_point limit);
    void advance_to(Clock::time_point time);
    bool surroundings_go_on();
    Clock::time_point next_of_surroundings() const;

    bool act();
    void act(const Step& step);
    void send(const Step& step);
    void reload(ConfigChange change);
    void step_clock(ClockStep step);
    void set_queue(QueueState state);
    void set_disk(Place place, DiskFault fault);
    void set_threads(Pace pace);
    void state_is_well(bool yes);
    Clock::time_point safe_until() const;
    bool state_is_unwell() const { return unwell_since_ && well_since_ <= *unwell_since_; }
    void rotate();
    void change_list(ListChange change);
    void kill(bool power, std::uint64_t calls);
    void process_exited(bool power);
    void leave();
    void finish();
    void watch();
    void watch_health();
    void watch_outage();
    void watch_metrics();
    void settled(std::uint32_t number, wire_status status);
    [[noreturn]] void give_up(const char* sentence);
    void note_fault();
    bool excused(const Check& check) const;
    bool drained() const;
    void read_queue();
    void read_events_file();
    void look_for_secrets(std::string_view text, std::string_view where);
    void asked(const Question& question);

    const RunSettings settings_;
    const std::string root_;
    Chance chance_;
    SimulatedTime time_;
    SeededChance seeds_;
    Outcome outcome_;
    log::Capture capture_;
    Disk disk_;
    Threads threads_;
    Network network_;
    Senders senders_;
    fakes::FakeWazuhQueue queue_;
    Ledger ledger_;

    // the configuration
    std::set<std::string> filtered_;
    std::set<std::string> filtered_from_now_;  // once the daemon says that it was reloaded
    bool otx_ = true;
    std::size_t cache_entries_ = 100'000;
    std::size_t max_pending_ = 1'000'000;

    std::size_t next_step_ = 0;
    Clock::time_point step_at_;
    bool config_cut_ = false;
    bool clock_went_back_ = false;  // since the latest process began
    Clock::time_point process_since_{};
    bool ready_ = false;          // the process, for alerts
    bool process_ended_ = false;  // without a stop, once
    UpstreamFault stats_fault_ = UpstreamFault::none;
    bool stats_failed_ = false;                     // in this run
    std::optional<Clock::time_point> fault_since_;  // one by which all that is new has to wait
    Clock::time_point watched_at_{};
    Clock::time_point outage_watched_at_{};
    std::size_t cache_bound_ = 0;                      // that the daemon knows of
    std::size_t rotations_ = 0;                        // of the followed file
    std::optional<Clock::time_point> followed_since_;  // the file, by a position that is safe
    bool state_disk_fails_ = false;
    bool threads_hang_ = false;
    std::optional<Clock::time_point> unwell_since_;  // the disk of the state file
    Clock::time_point well_since_{};
    bool reads_queue_ = true;
    bool wanted_ = true;      // the daemon runs, or should
    bool ending_ = false;     // it was told to stop, or killed
    bool finishing_ = false;  // all faults are over
    bool done_ = false;
    Clock::time_point give_up_at_;
    std::optional<Clock::time_point> drained_since_;
    Daemon* daemon_ = nullptr;
    asio::io_context* io_ = nullptr;  // of the daemon
};

}  // namespace enrichd::test::simulation
