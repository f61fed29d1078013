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
constexpr auto drain_time = 3s;       // for alerts in flight; the rest waits in the journal
constexpr auto cancel_time = 5s;      // for what was cancelled to end
constexpr auto services_time = 6s;    // for the services to end
constexpr auto shared_time = 6500ms;  // for what was reported to be written to the shared state server
constexpr auto clients_time = 7s;     // for HTTP clients to have their answers
constexpr auto state_time = 7500ms;   // for the state file to be closed

}  // namespace

/// Takes no more, finishes what can be finished soon, leaves the rest in the journal.
task<void> Daemon::stop() {
    if (std::exchange(life_.stopping, true)) co_return;
    life_.reloaded.cancel();
    const Clock::time_point begun = Clock::now();
    systemd::stopping();
    log::info("stopping", {{"unfinished", state_.journal.pending()}});
    // Before the sockets are closed: whoever starts meanwhile finds their places free.
    sockets_.intake.remove();
    sockets_.control.remove();
    run_.services.cancel();
    run_.clients.cancel();
    sources_.spool.stop();
    for (const auto& component : composition_.all()) component->begin_no_more();
    co_await run_.work.drained(begun + drain_time);
    for (const auto& component : composition_.all()) component->stop();
    co_await asio::post(run_.io, asio::use_awaitable);
    run_.work.cancel();
    co_await run_.work.drained(begun + cancel_time);
    co_await run_.services.drained(begun + services_time);
    co_await shared_.stop(begun + shared_time);
    run_.clients.cancel();  // also those that were being answered
    co_await run_.clients.drained(begun + clients_time);
    for (const auto& component : composition_.all()) component->close_idle();
    for (Lane& lane : outputs_.lanes())
        if (lane.restless()) lane.probe();
    life_.state_closed = close_state(begun + state_time);
    if (run_.work.running() + run_.services.running() + run_.clients.running() + shared_.tasks().running() >
        0)
        log::error("some tasks did not end; leaving without them");
    run_.control.cancel();
    run_.io.stop();  // run() lets what was cancelled end
}

/// False when the store's thread hangs, as it does in a call of a file system that does not answer. What was
/// acknowledged is in the file all the same.
bool Daemon::close_state(Clock::time_point limit) {
    if (state_.journal.loaded()) state_.journal.save_recent(sources_.recent.list());
    sources_.files.save_positions();
    pipeline_.repeats().write_all_changes();
    state_.prevalence.write_all_changes();
    state_.asked_names.write_all_changes();
    const bool closed = state_.database.close(std::max<Clock::duration>(limit - Clock::now(), 0s));
    if (!closed)
        log::error("the state file does not answer; leaving without it",
                   {{"file", config_.state.file()}, {"not_written", state_.database.waiting()}});
    if (state_.journal.pending() > 0 || state_.outbox.waiting() > 0)
        log::info("what is unfinished waits in the state file",
                  {{"alerts", state_.journal.pending()}, {"events", state_.outbox.waiting()}});
    return closed;
}

}  // namespace enrichd
