// From a line of a followed file to its alerts.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/counters.hpp"
#include "pipeline/submit.hpp"
#include "sources/files/field_filter.hpp"
#include "sources/files/line_buffer.hpp"
#include "sources/files/unsafe_lines.hpp"

namespace enrichd {

class LineTaker {
  public:
    /// `counts` are those of all files, and outlive the alerts.
    LineTaker(Submit& submit, UnsafeLines& unsafe, const FieldFilter& filter, SourceCounts& counts)
        : submit_(submit), unsafe_(unsafe), filter_(filter), counts_(counts) {}

    /// Takes what is in a line. A line may be damaged by a crash of its writer: NULs around it, or half a
    /// line with the next document behind it, are no reason to lose a document. `again`: the line is read
    /// again, and counts no more.
    void take(const Line& line, bool again);

    /// Events may have left at once for an alert of the last line.
    bool reported() const { return reported_; }

    /// What became of the lines, each piece of a damaged line by itself: taken, duplicate, no_name, torn, or
    /// why it was refused.
    const Counters& results() const { return results_; }

  private:
    void take_pieces(std::string_view text);
    bool take_document(std::string_view text);
    void count(std::string_view what);

    Submit& submit_;
    UnsafeLines& unsafe_;
    const FieldFilter& filter_;
    Counters results_;
    SourceCounts& counts_;
    std::uint64_t start_ = 0;  // of the present line
    bool again_ = false;       // it was counted before
    bool reported_ = false;
};

}  // namespace enrichd
