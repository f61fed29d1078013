// Counts, kept as plain numbers by the one thread that does the work. Each part's report reads them when
// asked.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace enrichd {

/// Counts by a short label. Labels are string literals or other texts that live for ever: never a name from
/// outside.
class Counters {
  public:
    void add(std::string_view label, std::uint64_t count = 1) { counts_[label] += count; }
    void add(const Counters& other) {
        for (const auto& [label, count] : other.counts_) counts_[label] += count;
    }
    std::uint64_t operator[](std::string_view label) const {
        const auto found = counts_.find(label);
        return found == counts_.end() ? 0 : found->second;
    }
    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const auto& [label, count] : counts_) sum += count;
        return sum;
    }
    const std::map<std::string_view, std::uint64_t>& counts() const { return counts_; }

  private:
    std::map<std::string_view, std::uint64_t> counts_;
};

/// Durations in seconds, by upper bounds from 100 microseconds (an alert served from memory) to an hour.
class Histogram {
  public:
    static constexpr std::array bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                       0.025,  0.05,    0.1,    0.25,  0.5,    1.0,   2.5,
                                       5.0,    10.0,    30.0,   60.0,  600.0,  3600.0};

    void observe(double seconds) {
        std::size_t bucket = 0;
        while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
        ++counts_[bucket];
        sum_ += seconds;
    }

    /// One count for each bound, not cumulative, and one for what lies above all.
    const std::array<std::uint64_t, bounds.size() + 1>& counts() const { return counts_; }
    double sum() const { return sum_; }

    /// What was observed after `before`, an earlier copy of this.
    Histogram since(const Histogram& before) const {
        Histogram out = *this;
        for (std::size_t i = 0; i < counts_.size(); ++i) out.counts_[i] -= before.counts_[i];
        out.sum_ -= before.sum_;
        return out;
    }

  private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    double sum_ = 0;
};

/// The value that the share `q` (0 to 1) of what was observed does not exceed, in seconds, interpolated
/// within its bucket as Prometheus' histogram_quantile does; nothing when nothing was observed.
inline std::optional<double> quantile(const Histogram& values, double q) {
    std::uint64_t all = 0;
    for (const std::uint64_t count : values.counts()) all += count;
    if (all == 0) return std::nullopt;
    const double rank = q * static_cast<double>(all);
    double below = 0;
    for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
        const auto here = static_cast<double>(values.counts()[i]);
        if (here > 0 && below + here >= rank) {
            const double from = i == 0 ? 0 : Histogram::bounds[i - 1];
            return from + (Histogram::bounds[i] - from) * (rank - below) / here;
        }
        below += here;
    }
    return Histogram::bounds.back();
}

}  // namespace enrichd
