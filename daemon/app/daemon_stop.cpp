// Daemon: the stop. It ends within 10 s, whatever hangs.
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/daemon.hpp"
#include "app/systemd.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

// Since the stop began.
constexpr auto drain_time = 3s;      // for alerts in flight; the rest waits in the journal
constexpr auto cancel_time = 5s;     // for what was cancelled to end
constexpr auto services_time = 6s;   // for the services to end
constexpr auto clients_time = 7s;    // for HTTP clients to have their answers
constexpr auto state_time = 7500ms;  // for the state file to be closed

}  // namespace

/// Takes no more, finishes what can be finished soon, leaves the rest in the journal.
task<void> Daemon::stop() {
    if (std::exchange(stopping_, true)) co_return;
    const Clock::time_point begun = Clock::now();
    systemd::stopping();
    log::info("stopping", {{"unfinished", journal_.pending()}});
    // Before the sockets are closed: whoever starts meanwhile finds their places free.
    intake_file_.remove();
    control_file_.remove();
    services_.cancel();
    clients_.cancel();
    spool_.stop();
    for (const auto& component : composition_.all()) component->begin_no_more();
    co_await work_.drained(begun + drain_time);
    for (const auto& component : composition_.all()) component->stop();
    co_await asio::post(io_, asio::use_awaitable);
    work_.cancel();
    co_await work_.drained(begun + cancel_time);
    co_await services_.drained(begun + services_time);
    clients_.cancel();  // also those that were being answered
    co_await clients_.drained(begun + clients_time);
    for (const auto& component : composition_.all()) component->close_idle();
    for (Lane& lane : outputs_.lanes())
        if (lane.restless()) lane.probe();
    state_closed_ = close_state(begun + state_time);
    if (work_.running() + services_.running() + clients_.running() > 0)
        log::error("some tasks did not end; leaving without them");
    control_.cancel();
    io_.stop();  // run() lets what was cancelled end
}

/// False when the store's thread hangs, as it does in a call of a file system that does not answer. What was
/// acknowledged is in the file all the same.
bool Daemon::close_state(Clock::time_point limit) {
    if (journal_.loaded()) journal_.save_recent(recent_.list());
    const bool closed = database_.close(std::max<Clock::duration>(limit - Clock::now(), 0s));
    if (!closed)
        log::error("the state file does not answer; leaving without it",
                   {{"file", config_.state.file()}, {"not_written", database_.waiting()}});
    if (journal_.pending() > 0 || outbox_.waiting() > 0)
        log::info("what is unfinished waits in the state file",
                  {{"alerts", journal_.pending()}, {"events", outbox_.waiting()}});
    return closed;
}

}  // namespace enrichd
