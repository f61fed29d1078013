#include "simulation/world.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <utility>

#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "config/given.hpp"
#include "model/host_name.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::simulation {

using namespace std::chrono_literals;

namespace {

/// 29 November 2026, 12:00 UTC.
constexpr WallClock::time_point noon{std::chrono::seconds(1'795'953'600)};
constexpr const char* secret = "0123456789abcdef-the-key-of-otx-fedcba9876543210";
constexpr auto seen_by_health_within = 6min;     // a deferred alert is asked for after five
constexpr auto noticed_within = 3s;              // what was written into a file last
constexpr auto drains_within = 2h;               // when all faults are over
constexpr std::uint64_t most_turns = 3'000'000;  // then it goes round in circles
constexpr std::uintmax_t most_log = 8U << 20U;   // twice what SQLite lets gather

std::string prepared(std::string directory) {
    std::filesystem::remove_all(directory);
    for (const char* const one : {"state", "spool", "out", "logs", "wazuh/logs"})
        std::filesystem::create_directories(directory + "/" + one);
    return directory;
}

}  // namespace

World::World(const RunSettings& settings, std::string directory)
    : settings_(settings),
      root_(prepared(std::move(directory))),
      chance_(settings.seed),
      time_(noon, Clock::time_point(1h)),
      seeds_(settings.seed),
      capture_([this](std::string_view line) { note(line); }),
      disk_(root_, chance_),
      threads_(chance_),
      network_(chance_),
      senders_(place("intake.sock"), place("spool"), disk_,
               [this](std::uint32_t number, wire_status status) { settled(number, status); }),
      queue_(place("wazuh")),
      ledger_(!embedded(settings.seed), lists(settings.seed)),
      step_at_(Clock::now()) {
    network_.on_question([this](const Question& question) { asked(question); });
    const bool power = std::any_of(settings_.steps.begin(), settings_.steps.end(),
                                   [](const Step& step) { return step.act == Act::power_loss; });
    disk_.keep_synced(power);
    filtered_from_now_ = {Mix::internal_suffix};
    disk_.write(place("key"), secret);
    ::chmod(place("key").c_str(), 0600);
    disk_.write(place("logs/alerts.json"), "");
    change_list(ListChange::written);
    write_config();
    if (settings_.fail_change > 0) disk_.fail_change(settings_.fail_change, settings_.failure);
    if (settings_.fail_change > 0) ledger_.may_repeat();
}

void World::note(std::string_view line) {
    look_for_secrets(line, "the log");
    outcome_.log.append(line).push_back('\n');
    if (line.find("configuration reloaded") != std::string_view::npos) {
        filtered_ = filtered_from_now_;
        cache_bound_ = cache_entries_;
    }
    // No position is saved while the state file cannot be written.
    if (line.find("a file is followed") != std::string_view::npos && !followed_since_ && !state_is_unwell())
        followed_since_ = Clock::now();
    // Given up for what OTX does with this name alone, counted and logged.
    if (line.find("a name was not checked against OTX") != std::string_view::npos)
        ledger_.not_checked(line.substr(line.find("question=")));
    if (line.find("state file") != std::string_view::npos && line.find("error: ") != std::string_view::npos)
        ledger_.may_repeat();
    if (line.find("a list is in use") != std::string_view::npos &&
        line.find("names=0") == std::string_view::npos)
        ledger_.list_in_use();
    if (line.find("info: ready ") != std::string_view::npos) {
        ready_ = true;
        ledger_.takes_alerts();
    }
}

void World::fail(std::string sentence) {
    if (outcome_.wrong.size() < 20) outcome_.wrong.push_back(std::move(sentence));
}

void World::look_for_secrets(std::string_view text, std::string_view where) {
    if (text.find(secret) != std::string_view::npos) fail("the key is in " + std::string(where));
}

void World::asked(const Question& question) {
    outcome_.log.append("asked ").append(question.host).append(question.target).push_back('\n');
    if (question.host == Network::domain_stats_host) ledger_.asked(question.target.substr(1));
    if (question.host == Network::otx_host) ledger_.otx_asked(question.target);
    // Domain Stats is asked for the registrable domain, which no other name here has.
    for (const std::string& suffix : filtered_)
        if (question.target.find(HostName::parse(suffix).value().registrable()) != std::string::npos)
            fail("a filtered name went on the wire: " + question.target);
    if (question.target.find("10.0.0.7") != std::string::npos) fail("an address went on the wire");
    if (question.has_key && question.host != Network::otx_host) fail("the key went to " + question.host);
}

Outcome World::run() {
    while (!done_) {
        if (wanted_)
            live();
        else
            rest();
    }
    read_queue();
    read_events_file();
    for (std::string& sentence : ledger_.wrong({"wazuh", "file"})) fail(std::move(sentence));
    outcome_.alerts = ledger_.accepted();
    outcome_.failed_one = disk_.failed_one();
    outcome_.hours =
        std::chrono::duration<double, std::ratio<3600>>(Clock::now().time_since_epoch() - 1h).count();
    return std::move(outcome_);
}

/// One process.
void World::live() {
    if (std::exchange(clock_went_back_, false)) ledger_.earlier_questions_forgotten();
    ready_ = false;
    process_since_ = Clock::now();
    ledger_.no_list();
    write_config();
    disk_.begin_process();
    network_.cut_off(false);
    filtered_ = filtered_from_now_;
    cache_bound_ = cache_entries_;
    ending_ = false;
    const ParsedConfig parsed = load_config(place("enrichd.yaml"));
    for (const Problem& problem : parsed.errors) fail("the configuration: " + problem.text());
    if (!parsed.errors.empty()) {
        done_ = true;
        return;
    }
    RunOptions options{place("enrichd.yaml"), false, {}, parsed.given};
    options.leave = [this](int) { leave(); };
    options.turn = [this](asio::io_context& io, Clock::time_point limit) { turn(io, limit); };
    {
        Daemon daemon(parsed.config, std::move(options));
        daemon_ = &daemon;
        const int code = daemon.run();
        daemon_ = nullptr;
        if (code != 0 && !disk_.ended()) fail("the daemon ended with " + std::to_string(code));
    }
    threads_.forget_calls();
    if (!disk_.ended()) senders_.process_ended();
    if (!ending_ && !done_) {
        fail("the daemon ended by itself");
        done_ = true;
    }
}

/// Between two processes.
void World::rest() {
    while (!wanted_ && !done_) {
        if (surroundings_go_on()) continue;
        advance_to(next_of_surroundings());
    }
}

void World::turn(asio::io_context& io, Clock::time_point limit) {
    io_ = &io;
    for (std::uint64_t turns = 0; !io.stopped(); ++turns) {
        if (turns > most_turns) give_up("the loop never comes to rest");
        if (io.poll_one() > 0) {
            if (chance_.one_in(8)) threads_.go_on();
            if (chance_.one_in(16) && !disk_.ended()) senders_.go_on();
            continue;
        }
        if (io.stopped()) return;
        if (threads_.go_on()) continue;
        if (surroundings_go_on()) continue;
        if (Clock::now() >= limit) return;
        watch();
        const auto first_timer = std::max<Clock::duration>(time_.until_first_timer(), 1us);
        advance_to(std::min({Clock::now() + first_timer, threads_.next(), next_of_surroundings(), limit}));
    }
}

/// Nothing can be torn down.
void World::give_up(const char* sentence) {
    std::cerr << outcome_.log << "seed " << settings_.seed << ": " << sentence << std::endl;
    std::_Exit(3);
}

/// What must hold all the time, once a second or a minute.
void World::watch() {
    if (!daemon_ || ending_) return;
    if (stats_failed_ && !embedded(settings_.seed) && Clock::now() >= outage_watched_at_) watch_outage();
    if (Clock::now() < watched_at_) return;
    watched_at_ = Clock::now() + 1min;
    watch_metrics();
    if (fault_since_) watch_health();
    const SystemCalls::Own own(disk_);
    std::error_code ec;
    const auto log = std::filesystem::file_size(place("state/enrichd.db-wal"), ec);
    if (!ec && log > most_log) fail("the state file's log has " + std::to_string(log) + " bytes");
}

/// A server that is said to be down is probed: else nobody finds out that it is back.
void World::watch_outage() {
    outage_watched_at_ = Clock::now() + 1s;
    if (network_.on_its_way(Network::domain_stats_host)) return;
    for (const Check& check : run_checks(daemon_->view())) {
        if (check.name != "domain_stats" || check.health == Health::ok || check.next_try) continue;
        const std::string metrics = metrics_text(daemon_->view());
        if (metrics.find("enrichd_provider_breaker_open{provider=\"domain_stats\"} 1") != std::string::npos)
            fail("Domain Stats is said to be down, and no probe is sent: " + check.detail);
    }
}

/// Caches stay within their bound. Neither a name nor the key is in a metric.
void World::watch_metrics() {
    std::istringstream lines(metrics_text(daemon_->view()));
    for (std::string line; std::getline(lines, line);) {
        look_for_secrets(line, "a metric");
        if (line.find("-hot") != std::string::npos || line.find("-known") != std::string::npos)
            fail("a name is in a metric: " + line);
        const bool is_cache = line.starts_with("enrichd_provider_cache_entries{");
        if (is_cache && std::stoull(line.substr(line.rfind(' '))) > cache_bound_)
            fail("a cache is larger than configured: " + line);
    }
}

/// A fault that has lasted, and an alert that waits: health must not say that all is well.
void World::watch_health() {
    if (queue_.there() && !reads_queue_) return;  // what it holds is Wazuh's
    const Clock::time_point long_ago = Clock::now() - seen_by_health_within;
    const auto waits_since = ledger_.waits_since("wazuh");
    const bool fresh = *fault_since_ > long_ago || process_since_ > long_ago || well_since_ > long_ago;
    if (fresh || !waits_since || *waits_since > long_ago) return;
    if (overall(run_checks(daemon_->view())) == Health::ok) fail("health says ok while alerts wait");
}

void World::settled(std::uint32_t number, wire_status status) {
    if (status == WIRE_STATUS_SAFE) return ledger_.accept(number);
    if (status == WIRE_STATUS_BUSY) ledger_.refuse(number);
    Step step;
    step.number = number;
    if (status == WIRE_STATUS_NOT_AN_ALERT && alert_of(step).kind != Kind::not_json)
        fail("alert " + std::to_string(number) + " is refused for good");
}

void World::advance_to(Clock::time_point time) {
    time_.advance(std::max<Clock::duration>(time - Clock::now(), 1us));
}

bool World::surroundings_go_on() {
    if (disk_.ended() && daemon_) return false;  // what runs is nobody's any more
    bool any = senders_.go_on();
    if (reads_queue_) read_queue();
    if (finishing_)
        finish();
    else
        any = act() || any;
    return any;
}

Clock::time_point World::next_of_surroundings() const {
    if (disk_.ended() && daemon_) return Clock::now() + 1h;
    return std::min(senders_.next(), step_at_);
}

/// The next step when it is time.
bool World::act() {
    if (Clock::now() < step_at_) return false;
    if (next_step_ < settings_.steps.size()) {
        const Step step = settings_.steps[next_step_++];
        outcome_.log.append("step ").append(as_code({step}));
        act(step);
    }
    if (next_step_ < settings_.steps.size()) {
        step_at_ = Clock::now() + 1ms * settings_.steps[next_step_].after_ms;
        return true;
    }
    finishing_ = true;
    stats_fault_ = UpstreamFault::none;
    fault_since_.reset();
    give_up_at_ = Clock::now() + drains_within;
    network_.fault(Network::domain_stats_host, UpstreamFault::none);
    network_.fault(Network::otx_host, UpstreamFault::none);
    network_.fault(Network::shared_host, UpstreamFault::none);
    set_queue(QueueState::read);
    disk_.heal();
    set_threads(Pace::quick);
    senders_.spool_full(false);
    change_list(ListChange::written);
    if (std::exchange(config_cut_, false)) reload(ConfigChange::nothing);
    wanted_ = true;
    outcome_.log.append("all faults are over\n");
    step_at_ = Clock::now() + 1s;
    return true;
}

/// When all is drained and health says so, the daemon is stopped.
void World::finish() {
    if (Clock::now() < step_at_) return;
    step_at_ = Clock::now() + 1s;
    if (!daemon_ || ending_) return;
    const bool too_late = Clock::now() >= give_up_at_;
    if (!drained()) drained_since_.reset();
    if (drained() && !drained_since_) drained_since_ = Clock::now();
    const bool at_rest = drained_since_ && Clock::now() - *drained_since_ >= noticed_within;
    if (!at_rest && !too_late) return;
    const auto checks = run_checks(daemon_->view());
    const bool well = std::all_of(checks.begin(), checks.end(), [this](const Check& check) {
        return check.health == Health::ok || excused(check);
    });
    if (!well && !too_late) {
        step_at_ = Clock::now() + 10s;
        return;
    }
    if (!drained()) fail("what waits does not drain");
    for (const Check& check : checks)
        if (!excused(check) && check.health != Health::ok)
            fail("health: " + check.name + ": " + check.detail);
    ending_ = done_ = true;
    ::kill(::getpid(), SIGTERM);
}

/// What it found at its start it says until the next. A process that ends within a commit leaves what cannot
/// be told from damage.
bool World::excused(const Check& check) const {
    return process_ended_ && check.detail.find("log was damaged") != std::string::npos;
}

bool World::drained() const {
    return senders_.idle() && daemon_->idle();
}

void World::read_queue() {
    const SystemCalls::Own own(disk_);
    queue_.read([this](std::string_view event) {
        look_for_secrets(event, "an event");
        outcome_.log.append("wazuh ").append(event).push_back('\n');
        ledger_.note("wazuh", event);
    });
}

void World::read_events_file() {
    const SystemCalls::Own own(disk_);
    const std::string file = place("out/events.jsonl");
    if (!std::filesystem::exists(file)) return;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        look_for_secrets(line, "an event");
        outcome_.log.append("file ").append(line).push_back('\n');
        ledger_.note("file", line);
    }
}

}  // namespace enrichd::test::simulation
