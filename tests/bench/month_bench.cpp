// A month of 2,000 agents with five infections: what is found, and what is reported beside it.
#include <algorithm>

#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "support/month.hpp"

namespace enrichd::test {

void measure_month() {
    std::printf("\na month of 2,000 agents with five infections\n");
    const MonthOptions options;
    const auto start = BenchClock::now();
    const MonthResult month = replay_month(options);
    row("alerts", text("%.0f", static_cast<double>(month.alerts)));
    row("events", text("%.0f", static_cast<double>(month.events)));
    unsigned most = 0;
    unsigned all = 0;
    for (const auto& [day, count] : month.alarms) {
        most = std::max(most, count);
        all += count;
    }
    const auto days = static_cast<double>(options.days - 7);
    row("events of medium and above that are no infection's, a day, mean", text("%.1f", all / days));
    row("the same, of the worst day", text("%.0f", static_cast<double>(most)));
    for (const auto& [infection, severity] : month.infections) row(infection, severity);
    for (const std::string& example : month.examples) std::printf("  %.300s\n", example.c_str());
    constexpr std::size_t planted = 5;
    if (month.infections.size() < planted) give_up("an infection was not found");
    if (most > 10) give_up("more than ten such events on a day");
    row("seconds", text("%.0f", seconds_since(start)));
}

}  // namespace enrichd::test
