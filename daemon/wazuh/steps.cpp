#include "wazuh/steps.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"

namespace enrichd::wazuh {

using Json = nlohmann::ordered_json;

Report Steps::report() const {
    Json list = Json::array();
    std::string human;
    for (const auto& [state, what, detail] : steps_) {
        list.push_back({{"state", state}, {"what", what}, {"detail", detail}});
        human.append(state).append(8 - std::min<std::size_t>(7, state.size()), ' ');
        human.append(fit_for_terminal(what)).append(detail.empty() ? "" : ": ");
        human.append(fit_for_terminal(detail)).append("\n");
    }
    const Json whole{{"ok", good_}, {"steps", list}, {"notes", notes_}};
    return {whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", human + notes_, {}, good_};
}

Report cannot(const std::string& why) {
    return {{}, {}, fit_for_terminal(why), false};
}

}  // namespace enrichd::wazuh
