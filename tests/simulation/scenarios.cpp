#include <cerrno>

#include "simulation/network.hpp"
#include "simulation/simulation.hpp"

namespace enrichd::test::simulation {
namespace {

constexpr auto by_packet = static_cast<std::uint32_t>(Way::packet);
constexpr auto by_file = static_cast<std::uint32_t>(Way::file);
constexpr auto by_spool = static_cast<std::uint32_t>(Way::spool);
constexpr auto away = static_cast<std::uint32_t>(QueueState::away);
constexpr auto silent = static_cast<std::uint32_t>(UpstreamFault::silent);
constexpr auto none = static_cast<std::uint32_t>(UpstreamFault::none);
constexpr auto filter_more = static_cast<std::uint32_t>(ConfigChange::filter_more);

Step alert(std::uint32_t after_ms, std::uint32_t way, std::uint32_t number) {
    return {Act::alert, after_ms, 0, way, number};
}

Steps alerts(std::uint32_t way) {
    Steps steps;
    for (std::uint32_t number = 1; number <= 6; ++number)
        steps.push_back(alert(number == 1 ? 200 : 50, way, number));
    return steps;
}

/// The same names again, which are known by then.
Steps hits() {
    Steps steps = alerts(by_packet);
    for (std::uint32_t number = 100; number <= 106; ++number)
        steps.push_back(alert(number == 100 ? 2'000 : 20, by_packet, number));
    return steps;
}

Steps with(Steps first, const Steps& then) {
    first.insert(first.end(), then.begin(), then.end());
    return first;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"miss", alerts(by_packet)},
        {"hit", hits()},
        {"spool", alerts(by_spool)},
        {"file", with(alerts(by_file), {{Act::rotate, 500}, alert(10, by_file, 7), alert(10, by_file, 8)})},
        {"reload", with({{Act::reload, 100, filter_more}}, alerts(by_packet))},
        {"stop", with(alerts(by_packet), {{Act::stop, 5}, {Act::start, 1'000}})},
        {"full journal", with(with({{Act::stats, 100, silent}, {Act::wazuh, 0, away}}, alerts(by_packet)),
                              {{Act::stop, 500}, {Act::stats, 5'000, none}, {Act::start, 0}})}};
    return all;
}

std::string fail_every_change(const Scenario& scenario, int failure, std::uint64_t stride,
                              std::uint64_t& calls) {
    for (calls = 1;; calls += stride) {
        const Outcome outcome = simulate({1, scenario.steps, calls, failure}, simulation_directory());
        if (!outcome.good())
            return "call " + std::to_string(calls) + " fails with error " + std::to_string(failure) + ": " +
                   outcome.wrong.front();
        if (!outcome.failed_one) return {};
    }
}

}  // namespace enrichd::test::simulation
