// Lists of others that are worth having: an entry for the configuration each. Nothing of them is shipped.
#pragma once

#include <string_view>
#include <vector>

#include "cli/report.hpp"

namespace enrichd {

struct ListPreset {
    std::string_view name;
    std::string_view good_for;
    std::string_view licence;
    std::string_view needs;  // a key, a contact; may be empty
    std::string_view yaml;   // an entry below "lists:"
};
const std::vector<ListPreset>& list_presets();

/// All of them in a table, or the text for the configuration of one.
Report preset_report(std::string_view name);

}  // namespace enrichd
