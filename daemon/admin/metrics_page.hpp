// The families of /metrics while they are collected.
#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/tally.hpp"

namespace enrichd {

/// Collects families in the order in which they are named.
class MetricsPage {
  public:
    using Labels = std::vector<prometheus::ClientMetric::Label>;

    prometheus::MetricFamily& family(std::string name, std::string help, prometheus::MetricType type) {
        families_.push_back({"enrichd_" + std::move(name), std::move(help), type, {}});
        return families_.back();
    }
    /// One whose name is not ours.
    prometheus::MetricFamily& foreign_family(std::string name, std::string help,
                                             prometheus::MetricType type) {
        families_.push_back({std::move(name), std::move(help), type, {}});
        return families_.back();
    }
    void gauge(std::string name, std::string help, double value, Labels labels = {}) {
        add(family(std::move(name), std::move(help), prometheus::MetricType::Gauge), value,
            std::move(labels));
    }
    void counter(std::string name, std::string help, double value, Labels labels = {}) {
        add(family(std::move(name), std::move(help), prometheus::MetricType::Counter), value,
            std::move(labels));
    }
    static void add(prometheus::MetricFamily& family, double value, Labels labels) {
        prometheus::ClientMetric metric;
        metric.label = std::move(labels);
        (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
        family.metric.push_back(std::move(metric));
    }
    static void add(prometheus::MetricFamily& family, const Tally& tally, const std::string& label,
                    const Labels& more = {}) {
        for (const auto& [value, count] : tally.counts()) {
            Labels labels{{label, std::string(value)}};
            labels.insert(labels.end(), more.begin(), more.end());
            add(family, static_cast<double>(count), std::move(labels));
        }
    }
    static void add(prometheus::MetricFamily& family, const Histogram& values, Labels labels) {
        prometheus::ClientMetric metric;
        metric.label = std::move(labels);
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < values.counts().size(); ++i) {
            sum += values.counts()[i];
            const bool last = i == Histogram::bounds.size();
            metric.histogram.bucket.push_back(
                {sum, last ? std::numeric_limits<double>::infinity() : Histogram::bounds[i]});
        }
        metric.histogram.sample_count = sum;
        metric.histogram.sample_sum = values.sum();
        family.metric.push_back(std::move(metric));
    }
    std::string text() const {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, {families_.begin(), families_.end()});
        return out.str();
    }

  private:
    std::deque<prometheus::MetricFamily> families_;  // never moved: the callers hold references
};

}  // namespace enrichd
