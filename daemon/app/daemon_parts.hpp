// What the daemon is made of, by what it is for.
#pragma once

#include <boost/asio/io_context.hpp>

#include <string>

#include "admin/control.hpp"
#include "admin/history.hpp"
#include "admin/operation_report.hpp"
#include "admin/pages.hpp"
#include "admin/reloads.hpp"
#include "admin/tap.hpp"
#include "admin/view.hpp"
#include "app/composition.hpp"
#include "base/clock.hpp"
#include "config/config.hpp"
#include "net/http_server.hpp"
#include "net/line_server.hpp"
#include "net/lookup.hpp"
#include "net/tasks.hpp"
#include "net/unix_socket.hpp"
#include "pipeline/allowlist.hpp"
#include "pipeline/backlog.hpp"
#include "pipeline/component.hpp"
#include "pipeline/submit.hpp"
#include "sources/files/files.hpp"
#include "sources/intake_socket/intake.hpp"
#include "sources/spool/spool.hpp"

namespace enrichd {

/// The loop and who runs on it.
struct Runtime {
    asio::io_context io{1};
    Tasks work{io};      // alerts and questions
    Tasks services{io};  // listeners and the like
    Tasks clients{io};   // of the interface for other programs
    Tasks control{io};   // signals and the stop
    Lookup lookup{io};
};

/// Where alerts come from.
struct Sources {
    Sources(Runtime& run, State& state, Pipeline& pipeline, const Config& config);

    Recent recent{Journal::recent_window};
    Submit submit;
    Backlog backlog;
    Intake intake;
    Spool spool;
    Files files;
};

/// What an operator sees and may change.
struct Administration {
    Administration(Runtime& run, const Composition& composition, State& state, Pipeline& pipeline,
                   Allowlist& allowlist);

    History history;
    Reloads reloads;
    ControlCounts control_counts;
    Reports reports;
    View view;
    AdminPages pages{view};
    HttpServer http;
    Tap tap;
    Control commands;
    LineServer socket;
};

/// The files of the sockets that are listened on, and what is wrong with them, in words.
struct OwnSockets {
    SocketFile intake;
    SocketFile control;
    bool intake_passed = false;  // by systemd, whose file it is
    std::string intake_trouble;
    std::string control_trouble;
};

/// Start, reload and stop never overlap: each looks here.
struct Lifecycle {
    explicit Lifecycle(asio::io_context& io)
        : news(io, Clock::time_point::max()), reloaded(io, Clock::time_point::max()) {}

    bool restored = false;       // what an earlier run left is known
    bool restoring = true;       // it is being read
    bool reload_wanted = false;  // and not begun
    Timer news;                  // cancelled when one of the two above changes
    Timer reloaded;              // cancelled after each reload
    bool stopping = false;
    bool state_closed = false;  // its thread has ended
    bool failed = false;
};

}  // namespace enrichd
