// Trains the name model: logistic regression by stochastic gradient descent. scripts/train-model calls it.
//
// Reads lines from stdin: "+<TAB>label" of a label that a program made up, "-<TAB>label<TAB>weight" of a real
// one, "=<TAB>label" of a real one that is kept out of training, for the scores by false-alarm rate. Writes
// the model's file to stdout. Only sums, products and quotients of doubles are used, so that the same lines
// give the same bytes everywhere.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "stages/domain_stats/embedded/name_model.hpp"

namespace enrichd::test {
namespace {

constexpr int rounds = 10;
constexpr double first_step = 0.02;
constexpr double shrink = 1e-6;
constexpr double largest_weight = 2;  // so that rounding to a byte costs nothing that can be measured
constexpr double base_step = 0.1;     // of the step of a weight
constexpr double scale = 127 / largest_weight;

struct Example {
    std::string label;
    double made_up = 0;
    double weight = 1;
};

struct Input {
    std::vector<Example> examples;
    std::vector<std::string> kept_out;
};

/// SplitMix64, published by Sebastiano Vigna for anybody's use.
class Chance {
  public:
    std::uint64_t below(std::uint64_t end) {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return (z ^ (z >> 31U)) % end;
    }

  private:
    std::uint64_t state_ = 1;
};

/// e to the power of x by its series: the C library's differs between machines in the last bit.
double exponential(double x) {
    constexpr double ln2 = 0.693147180559945309417;
    const double whole = std::floor(x / ln2);
    const double rest = x - whole * ln2;
    double term = 1;
    double sum = 1;
    for (int i = 1; i < 20; ++i) {
        term = term * rest / i;
        sum += term;
    }
    return std::ldexp(sum, static_cast<int>(whole));
}

double logistic(double x) {
    return 1 / (1 + exponential(-std::clamp(x, -30.0, 30.0)));
}

Input read_input() {
    Input input;
    for (std::string line; std::getline(std::cin, line);) {
        const std::size_t end = std::min(line.find('\t', 2), line.size());
        std::string label = line.substr(2, end - 2);
        if (line.front() == '=') {
            input.kept_out.push_back(std::move(label));
            continue;
        }
        const double weight = end < line.size() ? std::stod(line.substr(end + 1)) : 1;
        input.examples.push_back({std::move(label), line.front() == '+' ? 1.0 : 0.0, weight});
    }
    return input;
}

struct Weights {
    std::vector<double> of_slot = std::vector<double>(name_features::slots);
    double base = 0;
};

Weights train(const std::vector<Example>& examples) {
    Weights weights;
    Chance chance;
    std::vector<std::size_t> order(examples.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::vector<std::uint32_t> slots;
    const double all = static_cast<double>(examples.size()) * rounds;
    double done = 0;
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[chance.below(i)]);
        for (const std::size_t place : order) {
            const Example& one = examples[place];
            slots.clear();
            name_features::each(one.label, [&](std::uint32_t slot) { slots.push_back(slot); });
            double sum = weights.base;
            for (const std::uint32_t slot : slots) sum += weights.of_slot[slot];
            const double slope = (logistic(sum) - one.made_up) * one.weight;
            const double step = first_step * (1.01 - ++done / all);
            for (const std::uint32_t slot : slots) {
                double& weight = weights.of_slot[slot];
                weight =
                    std::clamp(weight - step * (slope + shrink * weight), -largest_weight, largest_weight);
            }
            weights.base -= step * slope * base_step;
        }
    }
    return weights;
}

void append(std::string& file, std::int32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        file.push_back(static_cast<char>((static_cast<std::uint32_t>(number) >> shift) & 0xFFU));
}

std::string file_of(const Weights& weights, const std::vector<std::string>& kept_out) {
    std::string file;
    for (const double weight : weights.of_slot)
        file.push_back(static_cast<char>(static_cast<std::int8_t>(std::lround(weight * scale))));
    append(file, static_cast<std::int32_t>(std::lround(weights.base * scale)));
    std::string without_rates = file;
    without_rates.resize(NameModel::file_bytes);
    const auto model = NameModel::parse(without_rates);
    std::vector<int> scores;
    for (const std::string& label : kept_out) scores.push_back(model->score(label));
    std::sort(scores.rbegin(), scores.rend());
    for (std::size_t i = 0; i < NameModel::rates; ++i) {
        const double rate = 1e-4 * std::pow(10.0, static_cast<double>(i) / 10);
        const auto place = static_cast<std::size_t>(rate * static_cast<double>(scores.size()));
        append(file, scores[std::min(place, scores.size() - 1)]);
    }
    return file;
}

}  // namespace
}  // namespace enrichd::test

int main() {
    std::ios::sync_with_stdio(false);
    const auto input = enrichd::test::read_input();
    std::cout << enrichd::test::file_of(enrichd::test::train(input.examples), input.kept_out);
    return std::cout.good() ? 0 : 1;
}
