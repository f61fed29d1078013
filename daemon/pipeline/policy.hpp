// Which findings become events: the one place that silences any. What is left out is counted, and each
// decision has a reason.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "model/finding_kind.hpp"
#include "pipeline/name_marks.hpp"

namespace enrichd {

/// What becomes of a kind of findings.
enum class ReportAs : std::uint8_t {
    event,  // an event
    label,  // named in the events that other findings give
    off     // nothing
};
inline constexpr std::array<std::string_view, 3> report_as_names{"event", "label", "off"};

struct PolicyOptions {
    std::chrono::milliseconds learn_for{0};
    std::chrono::milliseconds repeat_after = std::chrono::hours(24);
    std::array<ReportAs, finding_kind_names.size()> report{};  // by kind
    bool operator==(const PolicyOptions&) const = default;
};

/// The findings that give no event for a name, by why. A finding can be in several.
struct Silences {
    KindSet allowed;   // by a list or the allowlist
    KindSet known;     // the domain is treated as established
    KindSet learning;  // the time of learning is not over
    KindSet off;       // policy.report says off
    KindSet label;     // policy.report says label: they stay in other events

    /// Left out of every event.
    KindSet removed() const { return allowed | known | learning | off; }
    /// Whether findings give an event.
    bool give_event(KindSet found) const { return !(found - removed() - label).empty(); }
    /// Why these findings give none: "allowed", "known", "learning", "off" or "label". Lives for ever.
    std::string_view reason(KindSet found) const;
};

class Policy {
  public:
    void configure(const PolicyOptions& options);
    const PolicyOptions& options() const { return options_; }

    /// When this daemon was started for the first time, once that is known: learning counts from there.
    void started_first(WallTime when) { first_start_ = when; }

    /// Whether first contacts and scores are remembered and not reported, and until when.
    std::optional<WallTime> learns_until(WallTime now) const;

    Silences silences(const NameMarks& marks, WallTime now) const;

  private:
    PolicyOptions options_;
    KindSet off_;
    KindSet label_;
    std::optional<WallTime> first_start_;
};

}  // namespace enrichd
