// The metrics of all parts while they are collected.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/counters.hpp"

namespace enrichd {

/// Families in the order in which they are named first. Several parts may add to one family; what they add
/// under the same labels is summed.
class Metrics {
  public:
    enum class Type { gauge, counter, histogram };
    using Labels = std::vector<std::pair<std::string, std::string>>;

    struct Sample {
        Labels labels;
        double value = 0;
        std::optional<Histogram> histogram{};
    };
    struct Family {
        std::string name;
        std::string help;
        Type type = Type::gauge;
        std::vector<Sample> samples{};

        void add(double value, const Labels& labels = {});
        void add(const Histogram& values, const Labels& labels = {});
        /// One sample for each of its labels, as the value of `label`.
        void add(const Counters& counters, const std::string& label, const Labels& more = {});
    };

    /// `name` without "enrichd_".
    Family& family(const std::string& name, std::string help, Type type);
    /// One whose name is not ours.
    Family& foreign_family(const std::string& name, std::string help, Type type);

    template <class Number>
    void gauge(const std::string& name, std::string help, Number value, const Labels& labels = {}) {
        family(name, std::move(help), Type::gauge).add(static_cast<double>(value), labels);
    }
    template <class Number>
    void counter(const std::string& name, std::string help, Number value, const Labels& labels = {}) {
        family(name, std::move(help), Type::counter).add(static_cast<double>(value), labels);
    }

    const std::deque<Family>& families() const { return families_; }

  private:
    std::deque<Family> families_;  // never moved: the callers hold references
};

}  // namespace enrichd
