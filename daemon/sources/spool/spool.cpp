#include "sources/spool/spool.hpp"

#include <boost/asio/post.hpp>

namespace enrichd {

Spool::Spool(asio::io_context& io, Tasks& work, Submit& submit, const Journal& journal,
             const SpoolOptions& options)
    : io_(io),
      wake_(io, Clock::time_point::max()),
      directory_(options.directory),
      capacity_(directory_.size(), options.max_bytes),
      scanner_(directory_, queue_, trouble_, options.rescan),
      rescue_(options.directory),
      worker_(work, submit, journal, directory_, queue_, trouble_, options.pace),
      watcher_(io, directory_.new_directory(), options.rescan, queue_, [this] { scan_again(); }) {
    worker_.on_end([this] { wake_.cancel(); });
}

void Spool::configure(const SpoolOptions& options) {
    capacity_.set_max_bytes(options.max_bytes);
    // Whoever fixed the rights of a file that was left alone says so by a reload.
    queue_.forget_left_alone();
    scan_again();
}

result<void> Spool::prepare(int group) {
    if (const error failure = directory_.prepare(group)) return failure;
    capacity_.start();
    return {};
}

task<void> Spool::watch() {
    while (!worker_.stopping()) {
        if (!scanner_.scanning()) worker_.retry_deferred();
        const bool scanned = scanner_.step(worker_.journal_refuses());
        const bool rescued = rescue_some();
        const bool begun = worker_.start_some();
        const bool scan_is_due = scanner_.requested() && !queue_.has_pending() && !worker_.stopping();
        if (scanned || rescued || begun || scan_is_due) {
            co_await asio::post(io_, asio::use_awaitable);  // let the others have the loop
            continue;
        }
        capacity_.note_refusals(Clock::now());
        wake_.expires_at(worker_.next_look(scanner_.next_by_time()));
        co_await wake_.async_wait(nothrow);
        if (scanner_.request_by_time(Clock::now())) rescue_.request();
    }
}

/// One step through tmp/. False when none is due: a scan of new/ comes first.
bool Spool::rescue_some() {
    return !scanner_.scanning() && rescue_.step(WallClock::now());
}

void Spool::scan_again() {
    scanner_.request();
    wake_.cancel();
}

}  // namespace enrichd
