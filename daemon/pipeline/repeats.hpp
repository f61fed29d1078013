// Events that were reported lately, so that the same is not reported again for each query.
#pragma once

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "asking/verdict_cache.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "model/finding_kind.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

/// What was reported of one agent and domain.
struct ReportedBefore {
    std::array<std::uint32_t, finding_kind_names.size()> at{};  // Unix seconds, by kind; 0: never
    std::uint32_t left_out = 0;                                 // events, since the last one
};
inline std::size_t heap_bytes(const ReportedBefore&) {
    return 0;
}

class Repeats {
  public:
    static constexpr std::string_view provider_name = "repeats";  // in the state file
    static constexpr std::chrono::hours burst_within{1};          // each of its alerts finds it
    static constexpr std::size_t most = 200'000;                  // pairs of agent and domain, 34 MB at most

    static constexpr CacheOptions bounds{most, std::size_t{64} * 1024 * 1024};

    /// What is too much is forgotten, the longest unused first: its next event is reported again.
    Repeats() : memory_(bounds) {}

    /// From then on what is noted is written down. `snapshot` outlives this.
    void remember_in(Snapshot& snapshot) { snapshot_ = &snapshot; }

    struct About {
        std::string_view agent;  // its id
        std::string_view domain;
        std::string_view subject;  // Event::subject
    };

    /// Zero: nothing is a repeat, but for bursts: see burst_within.
    void configure(std::chrono::milliseconds repeat_after);

    /// Whether all of these findings were reported within the time. Then it is counted as left out.
    bool is_repeat(const About& about, KindSet findings, WallTime now);

    /// They are reported now. The number of events that were left out since the last.
    std::uint32_t note(const About& about, KindSet findings, WallTime now);

    /// They were not reported after all, and come again.
    void take_back(const About& about, KindSet findings);

    task<error> restore();

    /// Writes down what changed, every second until it is cancelled: after the events themselves, so that a
    /// crash repeats an event and loses none. Nothing while the state file does not keep up; then what is too
    /// much is not written down, and may be reported again after a restart.
    task<void> keep_written();
    void write_all_changes();

    std::size_t size() const { return memory_.size(); }

  private:
    /// Longer than policy.repeat_after: the next event reports the number of events that were left out.
    std::chrono::milliseconds kept_for() const {
        return 2 * std::max<std::chrono::milliseconds>(repeat_after_, burst_within);
    }
    std::chrono::milliseconds within(KindSet findings) const;
    void note_change(const std::string& key);
    void write_changes(std::size_t most_of_them);
    static std::string key_of(const About& about);
    void put(std::string key, const ReportedBefore& reported);

    VerdictCache<ReportedBefore> memory_;
    Snapshot* snapshot_ = nullptr;
    std::chrono::milliseconds repeat_after_{0};
    std::unordered_set<std::string> changed_;
};

}  // namespace enrichd
