#include "wazuh/doctor/findings.hpp"

#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"

namespace enrichd::wazuh {
namespace {

using Json = nlohmann::ordered_json;

std::string word(Finding finding) {
    return finding == Finding::ok ? "ok" : finding == Finding::warning ? "warning" : "PROBLEM";
}

}  // namespace

void Findings::add(Finding finding, const std::string& what, const std::string& detail,
                   const std::string& fix) {
    list_.push_back({finding, fit_for_terminal(what), fit_for_terminal(detail), fit_for_terminal(fix)});
}

Report Findings::report(const std::string& all_good) const {
    constexpr std::size_t width = 9;
    Json list = Json::array();
    std::string human;
    std::size_t problems = 0;
    std::size_t warnings = 0;
    for (const One& one : list_) {
        const std::string said = word(one.finding);
        list.push_back({{"finding", said}, {"what", one.what}, {"detail", one.detail}, {"mend", one.fix}});
        human += said + std::string(width - said.size(), ' ') + one.what +
                 (one.detail.empty() ? "" : ": " + one.detail) + "\n";
        if (!one.fix.empty()) human += std::string(width, ' ') + "fix: " + one.fix + "\n";
        problems += one.finding == Finding::problem ? 1 : 0;
        warnings += one.finding == Finding::warning ? 1 : 0;
    }
    if (problems > 0)
        human += counted(problems, "problem") + " to fix.\n";
    else if (warnings > 0)
        human += "No problem found, and " + counted(warnings, "warning") + ".\n";
    else
        human += all_good;
    const Json whole{{"ok", problems == 0}, {"findings", list}};
    return {whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", human, {}, problems == 0};
}

}  // namespace enrichd::wazuh
