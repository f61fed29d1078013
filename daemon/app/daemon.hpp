// The daemon: builds all parts in order, starts them, reloads and stops them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/composition.hpp"
#include "app/daemon_parts.hpp"
#include "app/listeners.hpp"
#include "config/config.hpp"
#include "config/plan.hpp"
#include "outputs/outputs.hpp"
#include "pipeline/pipeline.hpp"
#include "shared/shared_state.hpp"

namespace enrichd {

/// Turns the loop until it is stopped, has nothing to do, or the limit comes.
using TurnLoop = std::function<void(asio::io_context& io, Clock::time_point limit)>;

/// By the machine's clock.
void turn_loop(asio::io_context& io, Clock::time_point limit);

struct RunOptions {
    std::string config_file;   // read again at SIGHUP
    bool once = false;         // end when the intake is idle and all work is done
    std::vector<Fd> passed{};  // sockets, by systemd
    Given given{};             // what the configuration file holds
    TurnLoop turn = turn_loop;
    /// What did not end at the stop refers to parts of the daemon: the process ends without tearing it down.
    std::function<void(int code)> leave = [](int code) { std::_Exit(code); };
};

class Daemon {
  public:
    Daemon(Config config, RunOptions options);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Runs until a signal or, with `once`, until all is done. The exit code: 0, or 1 when it could not start
    /// or a part that it cannot be without failed.
    int run();

    /// What health, metrics and status are made of.
    const View& view() const { return admin_.view; }

    /// Nothing waits, and nothing is done.
    bool idle() const;

  private:
    void build_server();
    void build_outputs();
    void build_reports();
    template <class Report, class... Arguments>
    void report(Arguments&&... arguments);
    bool start();
    task<void> keep_state(Plan plan, Listeners opened);
    task<error> restore();
    task<error> restore_policy();
    void restoring(bool now);
    task<void> watch_outbox();
    void open(const Plan& plan, Listeners opened);
    void listen(const Plan& plan, Listeners opened);
    void listen_for_alerts(UnixListener opened);
    void listen_for_control(UnixListener opened);
    void give_intake();
    task<void> watch_sockets();
    void look_after_sockets();
    void look_after_intake();
    void look_after_control();
    task<void> keep_history();
    task<void> handle_signals(Fd signals);
    task<void> keep_configuration();
    task<void> keep_systemd_informed();
    task<void> stop_when_idle();
    task<void> stop();
    bool close_state(Clock::time_point limit);
    void reload();
    task<bool> reload_now();
    std::uint64_t reloads_begun() const { return admin_.reloads.good + admin_.reloads.failed; }
    std::string taken(const ParsedConfig& fresh);
    void apply(const Plan& plan);

    Config config_;  // in effect
    RunOptions options_;
    Runtime run_;
    State state_;
    Outputs outputs_{run_.io, state_.outbox};
    Pipeline pipeline_{outputs_};
    SharedState shared_{run_.io, run_.lookup};
    Composition composition_;
    std::unique_ptr<Service> served_;
    Sources sources_;
    Allowlist allowlist_;
    Administration admin_;
    OwnSockets sockets_;
    Lifecycle life_{run_.io};
};

}  // namespace enrichd
