#include "base/reporting.hpp"

#include <nlohmann/json.hpp>

namespace enrichd {
namespace {

StatusJson quantile_json(const Histogram& values, double q) {
    const auto value = quantile(values, q);
    return value ? StatusJson(*value) : StatusJson();
}

}  // namespace

StatusJson latency_json(const Histogram& values) {
    return {{"p50_seconds", quantile_json(values, 0.5)},
            {"p95_seconds", quantile_json(values, 0.95)},
            {"p99_seconds", quantile_json(values, 0.99)}};
}

StatusJson to_json(const Counters& counters) {
    StatusJson out = StatusJson::object();
    for (const auto& [label, count] : counters.counts()) out[std::string(label)] = count;
    return out;
}

}  // namespace enrichd
