// One file that is followed: from where an earlier run stopped through all its rotations, line by line.
//
// The loop reads what is in the page cache; what blocks is done off the loop. Lines are handed over as long
// as alerts can be kept, so the file is the buffer. The position is that of the first line that is not safe.
// It is saved behind the alerts that it stands for: what a kill leaves between the two is read again, and
// known by its content.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/blocking_calls.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "pipeline/submit.hpp"
#include "sources/files/file_places.hpp"
#include "sources/files/file_watch.hpp"
#include "sources/files/line_buffer.hpp"
#include "sources/files/line_taker.hpp"
#include "sources/files/position_saver.hpp"
#include "sources/files/unsafe_lines.hpp"
#include "store/journal.hpp"
#include "store/positions.hpp"

namespace enrichd {

/// What the files that are followed share. It outlives them, and the alerts that came from them.
struct FollowedFiles {
    asio::io_context& io;
    Submit& submit;
    const Journal& journal;
    Positions& positions;
    FieldFilter filter;
    SourceCounts counts;
    FilesBegin begin = FilesBegin::end;
    std::size_t longest_line = 0;
};

class FollowedFile {
  public:
    FollowedFile(FollowedFiles& all, std::string name);
    FollowedFile(const FollowedFile&) = delete;
    FollowedFile& operator=(const FollowedFile&) = delete;

    /// Three coroutines, until they are cancelled or it is stopped.
    task<void> follow();
    task<void> keep_position() { return saver_.run(); }
    task<void> watch() { return watch_.run(); }

    /// Takes no more.
    void stop();

    /// At the end: nothing that it would do again after the next start is left.
    void save_position();

    const std::string& name() const { return name_; }
    std::uint64_t looks() const { return looks_; }           // at the name
    const OpenFile* current() const { return file_.get(); }  // null: none is read
    std::uint64_t offset() const;                            // in it
    bool stopped() const { return stopped_; }

    /// Nothing is left to be read, as far as is known, and all lines are safe.
    bool idle() const;

    /// What became of lines, see LineTaker.
    const Counters& results() const { return taker_.results(); }
    std::uint64_t gaps() const { return gaps_; }
    std::uint64_t truncations() const { return truncations_; }
    /// Nothing before the file was looked at for the first time.
    std::optional<std::uint64_t> lag_bytes() const {
        return first_look_ ? std::optional(look_.lag) : std::nullopt;
    }

    /// Since the end of the file was reached last, or since the start; 0 when it is there.
    Clock::duration lag() const;

    /// Why it is not read as it should be, a sentence; empty when it is.
    std::string trouble() const;
    /// Alerts cannot be kept, so it is not read.
    bool held_up() const { return file_ && all_.journal.refusal(); }

  private:
    enum class Step { more, wait };

    void hint(bool other_file);
    task<void> load();
    task<void> look();
    task<void> open();
    bool begin(FilePlace place);
    void report(const FilePlace& place);
    task<Step> advance();
    bool take_lines();
    task<Step> read_block();
    void grow_identity();
    template <class Answer>
    task<Answer> timed(task<Answer> call);
    task<result<std::size_t>> read_off_loop(std::uint64_t offset);
    task<Step> end_of_file();
    bool is_over() const;
    bool may_take() const;
    bool has_lines_to_take() const;
    void note_progress();
    void note_lag();
    void failed(const error& reason);
    task<bool> wait(Step step);
    FileHistory history() const;

    FollowedFiles& all_;
    const std::string name_;
    BlockingCalls blocking_;
    Timer wake_;
    UnsafeLines unsafe_;
    LineBuffer lines_;
    LineTaker taker_;
    PositionSaver saver_;
    FileWatch watch_;

    FileHistory history_;  // the present file first, once there is one; not its offset
    std::shared_ptr<OpenFile> file_;
    FilePlace left_;  // the file that was read before, for a while: its writer may not know yet
    Clock::time_point left_until_{};
    FileLook look_;  // the latest
    std::optional<FileLook> first_look_;
    std::uint64_t counted_to_ = 0;  // lines of the file before this were counted
    std::uint64_t new_lines_ = 0;   // since the position was noted last
    bool reported_ = false;         // events left at once for one of these
    std::optional<Clock::time_point> at_end_since_;
    Clock::time_point end_reached_;
    Clock::time_point caught_up_;   // nothing was left to be read
    std::uint64_t end_then_ = 0;    // of the file, at the latest look
    Clock::time_point end_seen_{};  // which was then
    Clock::time_point next_look_{};
    Clock::time_point paused_until_{};
    std::optional<Clock::time_point> blocked_since_;
    std::optional<Clock::time_point> fails_since_;  // reading does
    std::optional<Clock::time_point> absent_since_;
    error failure_;
    std::uint64_t looks_ = 0;
    bool hinted_ = false;
    bool loaded_ = false;
    bool stopped_ = false;
    log::Limit complaints_;
    std::uint64_t gaps_ = 0;
    std::uint64_t truncations_ = 0;
};

}  // namespace enrichd
