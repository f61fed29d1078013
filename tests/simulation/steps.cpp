#include "simulation/steps.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace enrichd::test::simulation {
namespace {

constexpr std::array<std::string_view, 16> act_names{
    "alert", "stats", "otx",    "wazuh", "disk",   "threads",      "crash", "power_loss",
    "stop",  "start", "reload", "clock", "rotate", "sockets_away", "list",  "shared"};

constexpr std::array<Kind, 9> kinds{Kind::hot_new, Kind::hot_bad,  Kind::hot_idn,
                                    Kind::own_new, Kind::own_bad,  Kind::internal,
                                    Kind::address, Kind::nameless, Kind::not_json};

std::uint32_t pause(Chance& chance) {
    switch (chance.below(6)) {
        case 0:
            return 0;
        case 1:
        case 2:
            return static_cast<std::uint32_t>(chance.below(20));
        case 3:
            return static_cast<std::uint32_t>(chance.below(500));
        case 4:
            return static_cast<std::uint32_t>(chance.below(5'000));
        default:
            return static_cast<std::uint32_t>(chance.below(chance.one_in(10) ? 600'000 : 10'000));
    }
}

Step alert(Chance& chance, std::uint32_t number) {
    Step step{Act::alert, pause(chance)};
    step.how = static_cast<std::uint32_t>(chance.below(8));
    step.how = step.how < 5 ? 0 : step.how < 7 ? 1 : 2;
    step.number =
        number > 1 && chance.one_in(12) ? 1 + static_cast<std::uint32_t>(chance.below(number - 1)) : number;
    return step;
}

/// Cases of add_fault(): all of them in half of the runs, else one to three, so that the same fault meets
/// itself.
std::vector<std::uint64_t> some_faults(Chance& chance) {
    std::vector<std::uint64_t> all(14);
    std::iota(all.begin(), all.end(), 0U);
    if (chance.one_in(2)) return all;
    std::vector<std::uint64_t> some(1 + chance.below(3));
    for (std::uint64_t& one : some) one = chance.below(all.size());
    return some;
}

/// A fault, or the end of one; after a process that ends comes the start of the next.
void add_fault(Chance& chance, const std::vector<std::uint64_t>& allowed, Steps& steps) {
    const auto one = [&](Act act, std::uint64_t what, std::uint64_t how = 0) {
        steps.push_back(
            {act, pause(chance), static_cast<std::uint32_t>(what), static_cast<std::uint32_t>(how)});
    };
    switch (allowed.at(chance.below(allowed.size()))) {
        case 0:
        case 1:
            return one(Act::stats, chance.below(10));
        case 2:
            return one(Act::otx, chance.below(10));
        case 3:
        case 4:
            return one(Act::wazuh, chance.below(4));
        case 5:
        case 6:
            return one(Act::disk, chance.below(5), chance.below(3));
        case 7:
            return one(Act::threads, chance.below(3));
        case 8:
            one(Act::crash, chance.below(40));
            return one(Act::start, 0);
        case 9:
            one(Act::power_loss, chance.below(40));
            return one(Act::start, 0);
        case 10:
            one(Act::stop, 0);
            return one(Act::start, 0);
        case 11:
            return one(Act::reload, chance.below(7));
        case 12:
            return one(Act::shared, chance.below(11));
        default:
            return one(chance.one_of({Act::clock, Act::rotate, Act::sockets_away, Act::list}),
                       chance.below(3));
    }
}

}  // namespace

Steps make_steps(Chance& chance, const Plan& plan) {
    Steps steps;
    std::size_t faults = chance.below(plan.faults + 1);
    std::size_t alerts = 1 + chance.below(plan.alerts);
    std::uint32_t number = 0;
    const std::vector<std::uint64_t> allowed = some_faults(chance);
    while (alerts + faults > 0) {
        if (chance.below(alerts + faults) < alerts) {
            steps.push_back(alert(chance, ++number));
            --alerts;
        } else {
            add_fault(chance, allowed, steps);
            --faults;
        }
    }
    return steps;
}

std::string as_code(const Steps& steps) {
    std::string out;
    for (const Step& step : steps) {
        out.append("    {Act::").append(act_names.at(static_cast<std::size_t>(step.act)));
        for (const std::uint32_t value : {step.after_ms, step.what, step.how, step.number})
            out.append(", ").append(std::to_string(value));
        out.append("},\n");
    }
    return out;
}

MixedAlert alert_of(const Step& step) {
    // All that an alert is follows from its number and this, so that the same number is the same alert.
    const std::uint32_t draw = step.number * 2'654'435'761U >> 8U;
    const Kind kind = draw % 3 != 0   ? kinds.at(draw / 3 % 5)
                      : draw % 2 != 0 ? Kind::seen
                                      : kinds.at(draw / 6 % kinds.size());
    const std::string few = std::to_string(draw / 64 % 5);
    std::string name;
    switch (kind) {
        case Kind::hot_new:
            name = "www.new-hot" + few + ".com";
            break;
        case Kind::hot_bad:
            name = "bad.new-hot" + few + ".com";
            break;
        case Kind::hot_idn:
            name = "b\u00fccher.new-hot" + few + ".com";
            break;
        case Kind::own_new:
            name = "new-own" + few + ".com";
            break;
        case Kind::own_bad:
            name = "www.old-known" + few + ".org";
            break;
        case Kind::seen:
            name = "www.late-filtered" + few + ".net";
            break;
        case Kind::internal:
            name = "pc" + std::to_string(step.number) + "." + Mix::internal_suffix;
            break;
        case Kind::address:
            name = "10.0.0.7";
            break;
        default:
            break;
    }
    return {step.number, kind, false, std::move(name)};
}

}  // namespace enrichd::test::simulation
