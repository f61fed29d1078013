// World: what each step does, and the end of a process.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>

#include "simulation/world.hpp"

namespace enrichd::test::simulation {

using namespace std::chrono_literals;

namespace {

constexpr auto lost_by_a_power_cut = 10s;  // with state.sync: normal
constexpr auto saved_within = 5s;          // the position in a file
constexpr auto ends_within = 1min;         // what waited for a thread that hung

}  // namespace

void World::write_config() {
    std::ostringstream out;
    out << "wazuh:\n  home: " << place("wazuh") << "\nintake:\n  socket: " << place("intake.sock")
        << "\n  spool: " << place("spool") << "\n  allow: [" << ::getuid() << "]\n  files: ["
        << place("logs/alerts.json") << "]\n  files_begin: beginning\ngate:\n  skip_suffixes: [";
    for (const std::string& suffix : filtered_from_now_)
        out << (suffix == *filtered_from_now_.begin() ? "" : ", ") << suffix;
    out << "]\ndomain_stats:\n";
    if (embedded(settings_.seed))
        out << "  mode: embedded\n  embedded: {rdap: false}\n";
    else
        out << "  mode: http\n  url: http://" << Network::domain_stats_host
            << ":5730\n  connections: " << (one_connection(settings_.seed) ? 1 : 8) << "\n";
    out << "  retry_for: 365d\notx:\n  mode: " << (otx_ ? "on" : "off") << "\n  url: http://"
        << Network::otx_host << "\n  api_key_file: " << place("key") << "\n  retry_for: 365d\n"
        << "policy:\n  repeat_after: 0s\ncache:\n  entries: " << cache_entries_
        << "\noutputs:\n  file: " << place("out/events.jsonl") << "\nstate:\n  directory: " << place("state")
        << "\n  max_pending: " << max_pending_ << "\nadmin:\n  listen: 127." << ::getpid() / 65'536 % 256
        << "." << ::getpid() / 256 % 256 << "." << ::getpid() % 256
        << ":9466\n  socket: " << place("admin.sock") << "\n";
    if (shared(settings_.seed))
        out << "shared:\n  url: redis://" << Network::shared_host << "\n  node: host1\n";
    if (lists(settings_.seed))
        out << "lists:\n  - {name: bad, from: " << place("bad.txt") << ", action: alert}\n";
    disk_.write(place("enrichd.yaml"), out.str());
}

void World::act(const Step& step) {
    switch (step.act) {
        case Act::alert:
            return send(step);
        case Act::stats:
            stats_fault_ = static_cast<UpstreamFault>(step.what);
            stats_failed_ = true;
            note_fault();
            return network_.fault(Network::domain_stats_host, stats_fault_);
        case Act::otx:
            return network_.fault(Network::otx_host, static_cast<UpstreamFault>(step.what));
        case Act::shared:
            if (step.what == 10) return network_.flush_shared();
            return network_.fault(Network::shared_host, static_cast<UpstreamFault>(step.what));
        case Act::wazuh:
            return set_queue(static_cast<QueueState>(step.what));
        case Act::disk:
            return set_disk(static_cast<Place>(step.how), static_cast<DiskFault>(step.what));
        case Act::threads:
            return set_threads(static_cast<Pace>(step.what));
        case Act::crash:
            return kill(false, step.what);
        case Act::power_loss:
            return kill(true, step.what);
        case Act::stop:
            if (!daemon_ || ending_) return;
            ending_ = true;
            wanted_ = false;
            ::kill(::getpid(), SIGTERM);
            return;
        case Act::start:
            disk_.end_if_pending();
            wanted_ = true;
            return;
        case Act::reload:
            return reload(static_cast<ConfigChange>(step.what));
        case Act::clock:
            return step_clock(static_cast<ClockStep>(step.what));
        case Act::rotate:
            return rotate();
        case Act::sockets_away: {
            const SystemCalls::Own own(disk_);
            std::filesystem::remove(place("intake.sock"));
            std::filesystem::remove(place("admin.sock"));
            return;
        }
        case Act::list:
            return change_list(static_cast<ListChange>(step.what));
    }
}

/// As logrotate does: alerts.json.1, which is renamed each time, or alerts.json-20261129-1.
void World::rotate() {
    // Before that nobody knows of files that came before.
    if (!followed_since_ || Clock::now() - *followed_since_ < saved_within) return;
    const SystemCalls::Own own(disk_);
    const std::string name = place("logs/alerts.json");
    std::string last = name + ".1";
    if (dated(settings_.seed)) {
        const std::string number = std::to_string(10'000 + rotations_);
        last = name + "-20261129-" + number;
    } else {
        for (std::size_t number = rotations_; number > 0; --number)
            std::filesystem::rename(name + "." + std::to_string(number),
                                    name + "." + std::to_string(number + 1));
    }
    ++rotations_;
    std::filesystem::rename(name, last);
    disk_.write(name, "");
}

/// The daemon keeps the good one.
void World::change_list(ListChange change) {
    const SystemCalls::Own own(disk_);
    std::filesystem::remove(place("bad.txt"));
    if (change == ListChange::removed) return;
    std::string names;
    if (change == ListChange::written)
        for (const std::string& name : Ledger::listed()) names += name + "\n";
    disk_.write(place("bad.txt"), names);
}

void World::send(const Step& step) {
    const MixedAlert alert = alert_of(step);
    const std::string text = Mix::text(alert);
    switch (static_cast<Way>(step.how)) {
        case Way::packet:
            return senders_.offer(step.number, alert.packet(), text);
        case Way::spool:
            return senders_.spool(step.number, alert.packet(), text);
        case Way::file:
            disk_.write(place("logs/alerts.json"), text.back() == '\n' ? text : text + "\n", true);
            return ledger_.accept(step.number);
    }
}

void World::set_queue(QueueState state) {
    const SystemCalls::Own own(disk_);
    reads_queue_ = state == QueueState::read || state == QueueState::restarted;
    if (state == QueueState::not_read) return;
    if (state != QueueState::read) {
        queue_.refuse();
        read_queue();
        queue_.stop();
        ledger_.wazuh_ended();
    }
    if (state == QueueState::restarted || (state == QueueState::read && !queue_.there())) queue_.start();
    note_fault();
}

/// An answer that is an error or no JSON is one name's affair: health may say nothing of it.
void World::note_fault() {
    const bool stats = !embedded(settings_.seed) &&
                       (stats_fault_ == UpstreamFault::refused || stats_fault_ == UpstreamFault::silent ||
                        stats_fault_ == UpstreamFault::cut);
    if (!stats && queue_.there())
        fault_since_.reset();
    else if (!fault_since_)
        fault_since_ = Clock::now();
}

void World::set_disk(Place place, DiskFault fault) {
    disk_.fault(place, fault);
    if (place == Place::spool) senders_.spool_full(fault == DiskFault::full || fault == DiskFault::failing);
    if (place == Place::state) {
        threads_.hang(fault == DiskFault::hanging);
        state_disk_fails_ = fault != DiskFault::none;
        state_is_well(!state_disk_fails_ && !threads_hang_);
    }
    if (fault != DiskFault::none) ledger_.may_repeat();
}

void World::set_threads(Pace pace) {
    threads_.take(pace == Pace::slow ? Clock::duration(300ms) : 2ms);
    threads_.hang(pace == Pace::hanging);
    if (pace == Pace::hanging) ledger_.may_repeat();
    threads_hang_ = pace == Pace::hanging;
    state_is_well(!state_disk_fails_ && !threads_hang_);
}

void World::state_is_well(bool yes) {
    if (!yes && followed_since_ && Clock::now() - *followed_since_ < saved_within) followed_since_.reset();
    const bool was_well = !state_is_unwell();
    if (yes && !was_well) well_since_ = Clock::now();
    if (!yes && was_well && (!unwell_since_ || Clock::now() - well_since_ > lost_by_a_power_cut))
        unwell_since_ = Clock::now();
    if (!yes) well_since_ = *unwell_since_;
}

/// What was accepted before is on the disk whatever happens: docs/operations.md, state.sync: normal.
Clock::time_point World::safe_until() const {
    Clock::time_point since = Clock::now();
    if (state_is_unwell() || (unwell_since_ && since - well_since_ < lost_by_a_power_cut))
        since = *unwell_since_;
    return since - lost_by_a_power_cut;
}

void World::reload(ConfigChange change) {
    switch (change) {
        case ConfigChange::nothing:
            break;
        case ConfigChange::filter_more:
            for (const char* const suffix : {"late-filtered0.net", "late-filtered1.net"}) {
                filtered_from_now_.insert(suffix);
                ledger_.filtered(suffix);
            }
            break;
        case ConfigChange::small_cache:
            cache_entries_ = 2;
            break;
        case ConfigChange::otx_off:
        case ConfigChange::otx_on:
            if (otx_ == (change == ConfigChange::otx_on)) break;
            otx_ = !otx_;
            ledger_.otx_changed();
            break;
        case ConfigChange::small_pending:
            max_pending_ = 1'000;
            break;
        case ConfigChange::cut_file:
            disk_.write(place("enrichd.yaml"), "");
            config_cut_ = true;
            break;
    }
    if (change != ConfigChange::cut_file) {
        write_config();
        config_cut_ = false;
    }
    if (daemon_ && !ending_) ::kill(::getpid(), SIGHUP);
}

void World::step_clock(ClockStep step) {
    if (step == ClockStep::hour_back) clock_went_back_ = true;
    // What an earlier process asked may not have been read yet.
    if (clock_went_back_ && (!ready_ || unwell_since_)) ledger_.earlier_questions_forgotten();
    time_.step_wall(step == ClockStep::hour_back ? -1h : step == ClockStep::hour_on ? 1h : 24h * 40);
}

void World::kill(bool power, std::uint64_t calls) {
    if (!daemon_ || ending_) return;
    wanted_ = false;
    disk_.end_process(calls, power, [this, power] {
        ending_ = true;
        process_exited(power);
        ::kill(::getpid(), SIGTERM);
    });
}

void World::process_exited(bool power) {
    outcome_.log.append("the process exited\n");
    ledger_.may_repeat();
    if (state_is_unwell()) ledger_.ended_without_state();
    process_ended_ = true;
    network_.cut_off(true);
    threads_.hang(false);
    senders_.read_last_replies();  // what is safe by them is safe until the power cut only
    // The spool is synced, and what is taken from it waits for the next sync of the state file.
    for (const auto& [path, number] : senders_.spooled())
        if (const auto taken = disk_.taken().find(path); power && taken != disk_.taken().end())
            ledger_.moved(number, taken->second);
    if (power) ledger_.power_cut(safe_until());
    const auto saved_until = power ? safe_until() : Clock::now() - saved_within;
    if (followed_since_ && *followed_since_ > saved_until) followed_since_.reset();
    senders_.process_ended();
    read_queue();
}

/// The daemon leaves without what does not end: right when a thread hangs, and like a kill then. What is left
/// has to end here all the same, without effect.
void World::leave() {
    if (!threads_.kept_from_ending()) give_up("the daemon left what did not end");
    disk_.end_process(0, false, [this] { process_exited(false); });
    io_->restart();
    turn(*io_, Clock::now() + ends_within);
}

}  // namespace enrichd::test::simulation
