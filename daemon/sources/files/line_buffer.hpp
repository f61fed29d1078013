// Blocks of a file, cut into its lines. Memory is bounded: of a line that is too long nothing is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace enrichd {

struct Line {
    std::string_view text;    // without its end; good until the next block
    std::uint64_t start = 0;  // of the line in the file, in bytes
    std::uint64_t end = 0;    // of what comes behind it
    bool too_long = false;    // then there is no text
};

class LineBuffer {
  public:
    static constexpr std::size_t block = 256 * 1024;  // bytes that are read at once

    /// Lines of more than `longest` bytes are too long.
    explicit LineBuffer(std::size_t longest) : longest_(longest) {}

    void set_longest(std::size_t bytes) { longest_ = bytes; }

    /// The next block is read from here, where a line begins.
    void restart(std::uint64_t offset);

    /// Where the next block is read from, and to. Lines that were given out are not good any more. Then it is
    /// told how many bytes came.
    struct Space {
        std::uint64_t offset;
        std::span<char> to;
    };
    Space space();
    void filled(std::size_t bytes);

    /// The next whole line.
    std::optional<Line> next();

    bool has_line() const { return held_.find('\n', searched_) != std::string::npos; }

    /// What stands behind the last whole line; then it is taken out.
    Line rest();
    bool has_rest() const { return taken_ < held_.size() || skipping_; }

    /// Up to where the file was read.
    std::uint64_t read_to() const { return start_ + held_.size(); }

    /// Where the next line begins.
    std::uint64_t line_start() const { return skipping_ ? skipped_from_ : start_ + taken_; }

  private:
    void skip_nuls();

    std::size_t longest_;
    std::string held_;
    std::size_t filled_ = 0;    // unused bytes that space() made room for are cut off again
    std::uint64_t start_ = 0;   // of what is held, in the file
    std::size_t taken_ = 0;     // of it
    std::size_t searched_ = 0;  // of it, for an end
    bool skipping_ = false;     // the line that began at skipped_from_ is too long
    std::uint64_t skipped_from_ = 0;
};

}  // namespace enrichd
