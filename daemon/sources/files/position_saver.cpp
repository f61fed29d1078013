#include "sources/files/position_saver.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace enrichd {

PositionSaver::PositionSaver(asio::io_context& io, Positions& positions, std::string name)
    : positions_(positions), name_(std::move(name)), timer_(io, Clock::time_point::max()) {}

void PositionSaver::note(const FilePosition& at, std::uint64_t lines, bool at_once) {
    lines_ += lines;
    if (at == at_ && opening_ == positions_.opening()) return;
    at_ = at;
    opening_ = positions_.opening();
    const Clock::time_point now = Clock::now();
    const Clock::time_point due = at_once || lines_ >= most_lines ? now : now + longest;
    if (unsaved_ && due_ <= due) return;
    unsaved_ = true;
    due_ = due;
    timer_.cancel();
}

void PositionSaver::stop() {
    stopped_ = true;
    timer_.cancel();
}

task<void> PositionSaver::run() {
    while (!stopped_) {
        if (!unsaved_ || Clock::now() < due_) {
            timer_.expires_at(unsaved_ ? due_ : Clock::time_point::max());
            co_await timer_.async_wait(nothrow);
            auto state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none) co_return;
            continue;
        }
        unsaved_ = false;
        lines_ = 0;
        FilePosition at = at_;
        at.saved = wall_seconds(WallClock::now());
        const error failure = co_await positions_.save(name_, std::move(at));
        if (!failure) continue;
        unsaved_ = true;  // the database logs and counts it
        due_ = Clock::now() + longest;
    }
}

void PositionSaver::save_surely() {
    if (!unsaved_) return;
    unsaved_ = false;
    at_.saved = wall_seconds(WallClock::now());
    positions_.save_surely(name_, at_);
}

}  // namespace enrichd
