#include "admin/exposition.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace enrichd {
namespace {

std::string_view name_of(Metrics::Type type) {
    switch (type) {
        case Metrics::Type::gauge:
            return "gauge";
        case Metrics::Type::counter:
            return "counter";
        case Metrics::Type::histogram:
            return "histogram";
    }
    return "untyped";
}

/// The shortest text that reads as the same number.
std::string number(double value) {
    std::array<char, 32> text{};
    const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || (in_quotes && c == '"')) out.push_back('\\');
        out.push_back(c);
    }
}

void append_sample(std::string& out, const std::string& name, const Metrics::Labels& labels, double value) {
    out += name;
    const char* before = "{";
    for (const auto& [label, text] : labels) {
        out.append(before).append(label).append("=\"");
        append_escaped(out, text, true);
        out.push_back('"');
        before = ",";
    }
    if (!labels.empty()) out.push_back('}');
    out.append(" ").append(number(value)).append("\n");
}

void append_histogram(std::string& out, const std::string& name, const Metrics::Labels& labels,
                      const Histogram& values) {
    Metrics::Labels bounded = labels;
    bounded.emplace_back("le", "");
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < values.counts().size(); ++i) {
        sum += values.counts()[i];
        bounded.back().second = i == Histogram::bounds.size() ? "+Inf" : number(Histogram::bounds[i]);
        append_sample(out, name + "_bucket", bounded, static_cast<double>(sum));
    }
    append_sample(out, name + "_sum", labels, values.sum());
    append_sample(out, name + "_count", labels, static_cast<double>(sum));
}

}  // namespace

std::string exposition(const Metrics& metrics) {
    std::string out;
    for (const Metrics::Family& family : metrics.families()) {
        out.append("# HELP ").append(family.name).append(" ");
        append_escaped(out, family.help, false);
        out.append("\n# TYPE ").append(family.name).append(" ").append(name_of(family.type)).append("\n");
        for (const Metrics::Sample& sample : family.samples)
            if (sample.histogram)
                append_histogram(out, family.name, sample.labels, *sample.histogram);
            else
                append_sample(out, family.name, sample.labels, sample.value);
    }
    return out;
}

}  // namespace enrichd
