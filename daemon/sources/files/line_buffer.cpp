#include "sources/files/line_buffer.hpp"

#include <algorithm>
#include <utility>

namespace enrichd {

void LineBuffer::restart(std::uint64_t offset) {
    held_.clear();
    start_ = offset;
    filled_ = taken_ = searched_ = 0;
    skipping_ = false;
}

/// A writer that crashed, or was emptied beneath, leaves NULs: they are no line.
void LineBuffer::skip_nuls() {
    if (skipping_) return;
    while (taken_ < held_.size() && held_[taken_] == '\0') ++taken_;
    searched_ = std::max(searched_, taken_);
}

LineBuffer::Space LineBuffer::space() {
    skip_nuls();
    start_ += taken_;
    held_.erase(0, taken_);
    searched_ -= taken_;
    taken_ = 0;
    if (!skipping_ && held_.size() > longest_) {
        skipping_ = true;
        skipped_from_ = start_;
    }
    if (skipping_) {
        start_ += held_.size();
        held_.clear();
        searched_ = 0;
    }
    filled_ = held_.size();
    held_.resize(filled_ + block);
    return {start_ + filled_, {held_.data() + filled_, block}};
}

void LineBuffer::filled(std::size_t bytes) {
    held_.resize(filled_ + bytes);
}

std::optional<Line> LineBuffer::next() {
    skip_nuls();
    const std::size_t found = held_.find('\n', searched_);
    if (found == std::string::npos) {
        searched_ = held_.size();
        return std::nullopt;
    }
    Line line;
    line.start = line_start();
    line.end = start_ + found + 1;
    line.text = std::string_view(held_).substr(taken_, found - taken_);
    line.too_long = std::exchange(skipping_, false) || line.text.size() > longest_;
    if (line.too_long) line.text = {};
    taken_ = searched_ = found + 1;
    return line;
}

Line LineBuffer::rest() {
    Line line;
    line.start = line_start();
    line.end = start_ + held_.size();
    line.text = std::string_view(held_).substr(taken_);
    line.too_long = std::exchange(skipping_, false) || line.text.size() > longest_;
    if (line.too_long) line.text = {};
    taken_ = searched_ = held_.size();
    return line;
}

}  // namespace enrichd
