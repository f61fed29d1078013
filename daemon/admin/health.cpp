#include "admin/health.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/units.hpp"

namespace enrichd {

std::vector<Check> run_checks(const View& view) {
    std::vector<Check> checks;
    for (const auto& part : view.parts) part->add_checks(checks);
    return checks;
}

std::vector<std::string> names_of_troubles(const View& view) {
    std::vector<std::string> names;
    for (Check& check : run_checks(view))
        if (check.health != Health::ok) names.push_back(std::move(check.name));
    return names;
}

Health overall(const std::vector<Check>& checks) {
    Health worst = Health::ok;
    for (const Check& check : checks) worst = std::max(worst, check.health);
    return worst;
}

nlohmann::ordered_json trouble_json(const View& view, const Check& check) {
    nlohmann::ordered_json out{{"advice", check.advice}};
    if (const auto since = view.history.trouble_since(check.name)) out["since"] = to_iso_date(*since);
    if (!check.address.empty()) out["address"] = check.address;
    if (!check.runbook.empty()) out["runbook"] = check.runbook;
    if (check.next_try)
        out["next_try_seconds"] =
            std::chrono::ceil<std::chrono::seconds>(std::max(*check.next_try, Clock::duration::zero()))
                .count();
    return out;
}

std::string health_json(const View& view) {
    const auto checks = run_checks(view);
    nlohmann::ordered_json list;
    for (const Check& check : checks) {
        nlohmann::ordered_json& one = list[check.name];
        one["status"] = label(check.health);
        if (!check.detail.empty()) one["detail"] = check.detail;
        if (check.health != Health::ok) one.update(trouble_json(view, check));
    }
    const auto uptime = std::chrono::floor<std::chrono::seconds>(Clock::now() - view.begun);
    const nlohmann::ordered_json body{{"status", label(overall(checks))},
                                      {"checks", list},
                                      {"version", view.version},
                                      {"uptime_seconds", uptime.count()}};
    return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace enrichd
