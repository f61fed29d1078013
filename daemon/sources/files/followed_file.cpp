#include "sources/files/followed_file.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include "base/units.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr Clock::duration look_every = 1s;
constexpr Clock::duration turn = 500us;          // then the rest of the daemon has its turn
constexpr std::uint64_t lines_a_look = 16;       // at the clock, within a turn
constexpr std::size_t most_in_flight = 512;      // lines that are not safe yet
constexpr Clock::duration before_again = 200ms;  // that a line which could not be kept is read
constexpr Clock::duration drained = 1s;          // at the end of a file that was rotated
constexpr Clock::duration afterwards = 60s;      // it is looked whether somebody still writes into it
constexpr Clock::duration patience = 60s;        // with a rotated file that cannot be read

}  // namespace

FollowedFile::FollowedFile(FollowedFiles& all, std::string name)
    : all_(all),
      name_(std::move(name)),
      blocking_(all.io),
      wake_(all.io, Clock::time_point::max()),
      unsafe_([this] { hint(false); }),
      lines_(all.longest_line),
      taker_(all.submit, unsafe_, all.filter, all.counts),
      saver_(all.io, all.positions, name_),
      watch_(all.io, name_, [this](bool other_file) { hint(other_file); }),
      end_reached_(Clock::now()),
      caught_up_(end_reached_) {}

task<void> FollowedFile::follow() {
    co_await load();
    if (!loaded_) co_return;  // else the position that is there would be replaced
    for (bool awake = true; awake && !stopped_;) {
        if (Clock::now() >= next_look_) co_await look();
        Step step = Step::wait;
        if (file_ && !look_.rewritten) step = co_await advance();
        // What was read of a file that was emptied is in memory alone.
        if (file_ && look_.rewritten && may_take() && !take_lines()) step = Step::more;
        note_progress();
        awake = co_await wait(step);
    }
}

task<void> FollowedFile::load() {
    while (!loaded_ && !stopped_) {
        auto history = co_await all_.positions.load(name_);
        if (history) {
            history_ = *std::move(history);
            loaded_ = true;
            co_return;
        }
        const bool slept = co_await sleep_until(Clock::now() + look_every);
        if (!slept) co_return;
    }
}

void FollowedFile::stop() {
    stopped_ = true;
    saver_.stop();
    watch_.stop();
    hint(false);
}

void FollowedFile::save_position() {
    if (file_) note_progress();
    saver_.save_surely();
}

void FollowedFile::hint(bool other_file) {
    if (other_file) next_look_ = {};
    hinted_ = true;
    wake_.cancel();
}

/// A call that blocks, while it is seen how long that takes.
template <class Answer>
task<Answer> FollowedFile::timed(task<Answer> call) {
    blocked_since_ = Clock::now();
    Answer answer = co_await std::move(call);
    blocked_since_.reset();
    co_return answer;
}

/// False when the coroutine was cancelled.
task<bool> FollowedFile::wait(Step step) {
    if (!std::exchange(hinted_, false)) {
        Clock::time_point until = next_look_;
        if (paused_until_ > Clock::now()) until = std::min(until, paused_until_);
        if (step == Step::more) until = Clock::now();
        wake_.expires_at(until);
        co_await wake_.async_wait(nothrow);
        hinted_ = false;
    }
    auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() == asio::cancellation_type::none;
}

task<void> FollowedFile::look() {
    const FileIdentity identity = file_ ? history_.front().identity : FileIdentity();
    if (Clock::now() >= left_until_) left_.file.reset();
    auto work = [name = name_, file = file_, identity, offset = lines_.read_to(), left = left_] {
        FileLook look = look_at_file(name, file, identity, offset);
        look.left_grew = left.file && left.file->size().value_or(0) > left.offset;
        return look;
    };
    auto looked = co_await timed(blocking_.run(std::move(work)));
    next_look_ = Clock::now() + look_every;
    ++looks_;
    if (!looked) {
        failed(looked.error());
        co_return;
    }
    look_ = *std::move(looked);
    note_lag();
    if (!first_look_) first_look_ = look_;
    if (look_.there)
        absent_since_.reset();
    else if (!absent_since_)
        absent_since_ = Clock::now();
    if (look_.failure) {
        failed(look_.failure);
    } else if (!file_ || (look_.rewritten && unsafe_.in_flight() == 0 && !has_lines_to_take())) {
        co_await open();
    } else if (!look_.rewritten) {
        history_.front().identity = look_.identity;
        history_.front().written = look_.written;
        failure_ = {};
        if (look_.left_grew && !unsafe_.first()) begin(std::exchange(left_, FilePlace()));
    }
}

/// What is known of the files that were read, with the offset of the present one.
FileHistory FollowedFile::history() const {
    FileHistory out = history_;
    if (file_) out.front().offset = offset();
    return out;
}

task<void> FollowedFile::open() {
    const bool same =
        first_look_->name_device == look_.name_device && first_look_->name_inode == look_.name_inode;
    auto work = [name = name_, history = history(), begin = all_.begin,
                 since = same ? first_look_->name_size : 0] {
        return first_place(name, history, begin, since);
    };
    auto answer = co_await timed(blocking_.run(std::move(work)));
    if (!answer) {
        failed(answer.error());
        co_return;
    }
    left_ = {};
    FilePlace place = *std::move(answer);
    failure_ = {};
    if (place.file) {
        begin(std::move(place));
    } else if (history_.empty()) {  // also a later run reads it from its beginning then
        history_.push_back({1, name_, FileIdentity(), 0, wall_seconds(WallClock::now())});
        saver_.note(history_.front(), 0, true);
    }
}

/// Goes on in another file, or in the same that is written anew. False when it cannot be had now.
bool FollowedFile::begin(FilePlace place) {
    if (file_) {
        history_.front().offset = offset();
        all_.positions.save_surely(name_, history_.front());
    }
    if (file_ && file_->inode() == place.file->inode()) file_.reset();  // whose lock stands in the way
    if (const error taken = place.file->lock()) {
        failed(taken);
        return false;
    }
    report(place);
    if (place.truncated) ++truncations_;
    if (place.gap) ++gaps_;
    FilePosition position;
    position.number = history_.empty() ? 1 : history_.front().number + (place.resumed ? 0 : 1);
    position.path = place.file->path();
    position.identity = place.identity;
    position.written = place.written;
    if (place.resumed) history_.erase(history_.begin());
    history_.insert(history_.begin(), std::move(position));
    if (history_.size() > Positions::most) history_.pop_back();
    unsafe_.forget_refused();
    file_ = std::move(place.file);
    lines_.restart(place.offset);
    counted_to_ = place.offset;
    at_end_since_.reset();
    end_then_ = std::numeric_limits<std::uint64_t>::max();
    reported_ = true;  // a start must know of this file, whatever is rotated before it
    watch_.watch(file_->descriptor());
    look_.rewritten = false;
    next_look_ = {};
    return true;
}

bool FollowedFile::may_take() const {
    return unsafe_.in_flight() < most_in_flight && !unsafe_.refused() && !all_.journal.refusal();
}

/// Lines in memory that can be taken, now or when alerts can be kept again.
bool FollowedFile::has_lines_to_take() const {
    return !unsafe_.refused() && lines_.has_line();
}

task<FollowedFile::Step> FollowedFile::advance() {
    if (unsafe_.refused() && unsafe_.in_flight() == 0) {
        lines_.restart(*unsafe_.first());
        unsafe_.forget_refused();
        paused_until_ = Clock::now() + before_again;
    }
    if (Clock::now() < paused_until_ || !may_take()) co_return Step::wait;
    if (!take_lines()) co_return may_take() || unsafe_.in_flight() == 0 ? Step::more : Step::wait;
    co_return co_await read_block();
}

/// True when no whole line is left of what was read.
bool FollowedFile::take_lines() {
    lines_.set_longest(all_.longest_line);
    const Clock::time_point limit = Clock::now() + turn;
    for (std::uint64_t taken = 1;; ++taken) {
        const auto line = lines_.next();
        if (!line) return true;
        taker_.take(*line, line->end <= counted_to_);
        counted_to_ = std::max(counted_to_, line->end);
        ++new_lines_;
        reported_ = reported_ || taker_.reported();
        if (taken % lines_a_look == 0 && (!may_take() || Clock::now() > limit)) return false;
    }
}

/// What was read counts only when the file begins as before: else it is another's.
task<FollowedFile::Step> FollowedFile::read_block() {
    const LineBuffer::Space space = lines_.space();
    const auto at_once = file_->read_now(space.offset, space.to);
    const auto same = at_once ? file_->begins_now(history_.front().identity) : std::nullopt;
    result<std::size_t> got = at_once.value_or(std::size_t{0});
    if (same && *same) {
        lines_.filled(got ? *got : 0);
    } else {
        lines_.filled(0);
        if (same)
            got = errc::file_rewritten;
        else
            got = co_await read_off_loop(space.offset);
    }
    if (!got && got.error() == errc::file_rewritten) {
        look_.rewritten = true;  // what is to be done is seen at the next look
        next_look_ = {};
        co_return Step::more;
    }
    if (!got) {
        failed(got.error());
        paused_until_ = Clock::now() + look_every;
        if (!fails_since_) fails_since_ = Clock::now();
        if (look_.is_current || Clock::now() - *fails_since_ < patience) co_return Step::wait;
        log::error("the rest of a rotated file cannot be read; alerts in it are lost",
                   {{"file", name_},
                    {"reads", file_->path()},
                    {"offset", offset()},
                    {"detail", got.error().message()}});
        ++gaps_;
    }
    fails_since_.reset();
    if (!got || *got == 0) co_return co_await end_of_file();
    at_end_since_.reset();
    grow_identity();
    co_return Step::more;
}

/// A file that was short when it was begun is known by more of its head once that is there.
void FollowedFile::grow_identity() {
    FileIdentity& identity = history_.front().identity;
    if (identity.head_size == FileIdentity::longest_head) return;
    const bool had_none = identity.head_size == 0;
    if (auto grown = file_->identity_now())
        identity = *std::move(grown);
    else
        next_look_ = {};
    reported_ = reported_ || had_none;  // a start must know of this file
}

task<result<std::size_t>> FollowedFile::read_off_loop(std::uint64_t offset) {
    auto block = std::make_shared<std::string>(LineBuffer::block, '\0');  // the thread may outlive this
    auto work = [file = file_, block, offset, identity = history_.front().identity]() -> result<std::size_t> {
        auto got = file->read(offset, *block);
        if (got && !file->compressed() && !file->is(identity)) return errc::file_rewritten;
        return got;
    };
    auto answer = co_await timed(blocking_.run(std::move(work)));
    if (!answer) co_return answer.error();
    std::memcpy(lines_.space().to.data(), block->data(), *answer);
    lines_.filled(*answer);
    co_return *answer;
}

/// Nobody writes into it any more: the name is another file's.
bool FollowedFile::is_over() const {
    return !look_.is_current && !look_.failure && (look_.at_rest || Clock::now() - *at_end_since_ >= drained);
}

task<FollowedFile::Step> FollowedFile::end_of_file() {
    if (look_.is_current) end_reached_ = Clock::now();
    if (!at_end_since_) at_end_since_ = Clock::now();
    if (!is_over() || unsafe_.first()) co_return Step::wait;
    auto work = [name = name_, file = file_, history = history()] {
        return next_place(name, history.front(), file->written(), history);
    };
    auto answer = co_await timed(blocking_.run(std::move(work)));
    if (!answer) {
        failed(answer.error());
        paused_until_ = Clock::now() + look_every;
        co_return Step::wait;
    }
    FilePlace next = *std::move(answer);
    if (!next.file) co_return Step::wait;
    if (lines_.has_rest()) {  // nobody will write its end
        const Line line = lines_.rest();
        taker_.take(line, line.end <= counted_to_);
        counted_to_ = std::max(counted_to_, line.end);
        ++new_lines_;
        co_return Step::more;
    }
    left_.file = file_->compressed() ? nullptr : file_;
    left_.identity = history_.front().identity;
    left_.offset = lines_.read_to();
    left_until_ = Clock::now() + afterwards;
    if (begin(std::move(next))) co_return Step::more;
    paused_until_ = Clock::now() + look_every;
    co_return Step::wait;
}

void FollowedFile::note_progress() {
    if (!file_ || history_.empty()) return;
    FilePosition at = history_.front();
    at.offset = offset();
    if (at.offset > 0 && at.identity.head_size == 0) return;  // nobody could tell which file that was
    saver_.note(at, std::exchange(new_lines_, 0), std::exchange(reported_, false));
}

std::uint64_t FollowedFile::offset() const {
    return unsafe_.first().value_or(lines_.line_start());
}

}  // namespace enrichd
