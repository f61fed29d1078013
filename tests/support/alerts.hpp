// Alerts as Wazuh writes them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "support/temp_dir.hpp"

namespace enrichd::test {

/// A Sysmon 22 alert from tests/data with another name and id.
inline std::string alert_for(const nlohmann::json& name, const std::string& id = "1795493062.1234") {
    static const std::string text = read_file(std::filesystem::path(ENRICHD_TEST_DATA) / "sysmon22.json");
    nlohmann::ordered_json alert = nlohmann::ordered_json::parse(text);
    alert["id"] = id;
    alert["data"]["win"]["eventdata"]["queryName"] = name;
    return alert.dump() + "\n";
}

}  // namespace enrichd::test
