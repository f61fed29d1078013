#include "base/metrics.hpp"

#include <algorithm>

namespace enrichd {

void Metrics::Family::add(double value, const Labels& labels) {
    const auto same = std::find_if(samples.begin(), samples.end(),
                                   [&](const Sample& sample) { return sample.labels == labels; });
    if (same == samples.end())
        samples.push_back({labels, value});
    else
        same->value += value;
}

void Metrics::Family::add(const Histogram& values, const Labels& labels) {
    samples.push_back({labels, 0, values});
}

void Metrics::Family::add(const Counters& counters, const std::string& label, const Labels& more) {
    for (const auto& [value, count] : counters.counts()) {
        Labels labels{{label, std::string(value)}};
        labels.insert(labels.end(), more.begin(), more.end());
        add(static_cast<double>(count), labels);
    }
}

Metrics::Family& Metrics::family(const std::string& name, std::string help, Type type) {
    return foreign_family("enrichd_" + name, std::move(help), type);
}

Metrics::Family& Metrics::foreign_family(const std::string& name, std::string help, Type type) {
    const auto found = std::find_if(families_.begin(), families_.end(),
                                    [&](const Family& family) { return family.name == name; });
    if (found != families_.end()) return *found;
    families_.push_back({name, std::move(help), type});
    return families_.back();
}

}  // namespace enrichd
