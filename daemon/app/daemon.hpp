// The daemon: builds all parts in order, starts them, reloads and stops them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <vector>

#include "admin/control.hpp"
#include "admin/pages.hpp"
#include "admin/view.hpp"
#include "app/composition.hpp"
#include "app/listeners.hpp"
#include "config/config.hpp"
#include "config/plan.hpp"
#include "outputs/outputs.hpp"
#include "pipeline/backlog.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/submit.hpp"
#include "sources/intake_socket/intake.hpp"
#include "sources/spool/spool.hpp"

namespace enrichd {

struct RunOptions {
    std::string config_file;   // read again at SIGHUP
    bool once = false;         // end when the intake is idle and all work is done
    std::vector<Fd> passed{};  // sockets, by systemd
    Given given{};             // what the configuration file holds
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

  private:
    void build_server();
    void build_outputs();
    void build_reports();
    template <class Report, class... Arguments>
    void report(Arguments&&... arguments);
    bool start();
    task<void> keep_state(Plan plan, Listeners opened);
    task<error> restore();
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
    std::string taken(const ParsedConfig& fresh);
    void apply(const Plan& plan);
    bool idle() const;

    Config config_;
    RunOptions options_;
    asio::io_context io_{1};
    Tasks work_{io_};      // alerts and questions
    Tasks services_{io_};  // listeners and the like
    Tasks clients_{io_};   // of the HTTP interface of Domain Stats
    Tasks control_{io_};   // signals and the stop
    Lookup lookup_{io_};
    Database database_;
    Outbox outbox_{database_};
    Journal journal_;
    Snapshot snapshot_;
    Domains domains_;
    State state_{database_, snapshot_, journal_, domains_};
    Outputs outputs_{io_, outbox_};
    Pipeline pipeline_;
    Composition composition_;
    std::unique_ptr<Service> served_;
    Recent recent_{Journal::recent_window};
    Submit submit_;
    Backlog backlog_;
    Intake intake_;
    Spool spool_;
    History history_;
    Reloads reloads_;
    ControlCounts control_counts_;
    std::string intake_trouble_;   // with the file of its socket, in words
    std::string control_trouble_;  // the same
    Reports reports_;
    View view_;
    AdminPages pages_{view_};
    HttpServer admin_;
    Control admin_commands_{view_, composition_.all(), domains_, pipeline_, control_counts_};
    LineServer admin_socket_;
    SocketFile intake_file_;
    SocketFile control_file_;
    bool intake_passed_ = false;      // by systemd, whose file it is
    bool restored_ = false;           // what an earlier run left is known
    bool restoring_ = true;           // it is being read
    bool reload_wanted_ = false;      // and not begun
    asio::steady_timer reload_news_;  // cancelled when one of the two above changes
    bool stopping_ = false;
    bool state_closed_ = false;  // its thread has ended
    bool failed_ = false;
};

}  // namespace enrichd
