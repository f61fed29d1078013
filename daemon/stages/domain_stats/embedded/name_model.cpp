#include "stages/domain_stats/embedded/name_model.hpp"

#include <algorithm>
#include <cmath>

#include "stages/domain_stats/embedded/built_in.hpp"

namespace enrichd {
namespace {

std::int32_t number_at(std::string_view bytes) {
    std::uint32_t out = 0;
    for (std::size_t i = 4; i > 0; --i) out = (out << 8U) | static_cast<unsigned char>(bytes[i - 1]);
    return static_cast<std::int32_t>(out);
}

}  // namespace

result<NameModel> NameModel::parse(std::string_view file) {
    if (file.size() != file_bytes) return errc::table_wrong_shape;
    NameModel model(file);
    const bool falling = std::is_sorted(model.at_rate_.rbegin(), model.at_rate_.rend());
    if (!falling) return errc::table_wrong_shape;
    return model;
}

NameModel NameModel::built_in() {
    return parse(built_in::name_model()).value();
}

NameModel::NameModel(std::string_view file) : weights_(file.substr(0, name_features::slots)) {
    file.remove_prefix(name_features::slots);
    base_ = number_at(file);
    for (std::int32_t& score : at_rate_) {
        file.remove_prefix(4);
        score = number_at(file);
    }
}

int NameModel::score(std::string_view label) const {
    int sum = base_;
    name_features::each(label, [&](std::uint32_t slot) { sum += static_cast<signed char>(weights_[slot]); });
    return sum;
}

/// Between the rates of the file, in proportion to their logarithms.
int NameModel::score_at(double false_alarm_rate) const {
    constexpr double least = 1e-4;
    constexpr double for_each_power = 10;
    const double place = std::clamp(std::log10(false_alarm_rate / least) * for_each_power, 0.0,
                                    static_cast<double>(rates - 1));
    const auto below = std::min(static_cast<std::size_t>(place), rates - 2);
    const double part = place - static_cast<double>(below);
    return static_cast<int>(std::lround((1 - part) * at_rate_[below] + part * at_rate_[below + 1]));
}

}  // namespace enrichd
