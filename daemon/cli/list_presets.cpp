#include "cli/list_presets.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view abuse_ch_key = "a free Auth-Key of auth.abuse.ch, in the file of header_file";

Json as_json(const ListPreset& preset) {
    return {{"name", preset.name},
            {"good_for", preset.good_for},
            {"licence", preset.licence},
            {"needs", preset.needs},
            {"yaml", std::string(preset.yaml)}};
}

std::string entry_text(const ListPreset& preset) {
    std::ostringstream out;
    out << "# " << preset.good_for << "\n# Licence: " << preset.licence
        << ". It is fetched from its owner.\n";
    if (!preset.needs.empty()) out << "# Needs " << preset.needs << ".\n";
    out << "lists:\n" << preset.yaml;
    return out.str();
}

}  // namespace

const std::vector<ListPreset>& list_presets() {
    static const std::vector<ListPreset> presets{
        {"urlhaus", "hosts that distribute malware now (abuse.ch URLhaus)", "CC0", abuse_ch_key,
         R"(  - name: urlhaus
    from: https://urlhaus.abuse.ch/downloads/rpz/
    format: rpz
    label: malware
    confidence: high
    refresh: 1h
    header_file: /etc/enrichd/abuse.ch.header
)"},
        {"threatfox", "command and control servers, malware families (abuse.ch ThreatFox)", "CC0",
         abuse_ch_key,
         R"(  - name: threatfox
    from: https://threatfox.abuse.ch/downloads/hostfile/
    format: hosts
    label: malware
    confidence: medium
    refresh: 1h
    header_file: /etc/enrichd/abuse.ch.header
)"},
        {"hagezi-tif", "1.3 million names of many sources: wide, with false positives (hagezi)", "GPL-3.0",
         "",
         R"(  - name: hagezi-tif
    from: https://raw.githubusercontent.com/hagezi/dns-blocklists/main/domains/tif.txt
    format: domains
    label: threat-intelligence
    confidence: low
    refresh: 6h
)"},
        {"new-domains", "domains registered within 14 days, as a label in other events (xRuffKez)", "MIT", "",
         R"(  - name: new-domains
    from: https://raw.githubusercontent.com/xRuffKez/NRD/main/lists/14-day/domains-only/nrd-14day.txt
    format: domains
    action: label
    label: newly-registered
    refresh: 24h
)"},
        {"lolrmm", "servers of remote administration tools (LOLRMM); rule 100353 wants label rmm",
         "Apache-2.0",
         "a list with action allow for your own tools, and for shared services that it has, such as "
         "github.com",
         R"(  - name: lolrmm
    from: https://lolrmm.io/api/rmm_domains.csv
    format: csv:URI
    label: rmm
    confidence: medium
    refresh: 24h
)"},
        {"dynamic-dns", "providers of dynamic DNS, as a label in other events (hagezi)", "GPL-3.0", "",
         R"(  - name: dynamic-dns
    from: https://raw.githubusercontent.com/hagezi/dns-blocklists/main/domains/dyndns.txt
    format: domains
    action: label
    label: dynamic-dns
    refresh: 24h
)"},
        {"isc", "domains that the SANS Internet Storm Center saw first within 14 days",
         "CC BY-NC-SA 4.0, for the protection of one's own network", "a user_agent with your contact",
         R"yaml(  - name: isc
    from: https://isc.sans.edu/feeds/domaindata.json.gz
    format: isc
    user_agent: "example-soc (soc@example.com)"
    refresh: 1h
    new_for: 14d
)yaml"},
        {"misp", "the indicators of your own MISP server", "as its events say",
         "an authentication key of MISP, in the file of header_file: Authorization: KEY",
         R"(  - name: misp
    from: https://misp.example.com
    format: misp
    label: misp
    confidence: high
    refresh: 1h
    header_file: /etc/enrichd/misp.header
)"}};
    return presets;
}

Report preset_report(std::string_view name) {
    const auto& presets = list_presets();
    if (name.empty()) {
        Json json{{"presets", Json::array()}};
        std::ostringstream human;
        for (const ListPreset& one : presets) {
            json["presets"].push_back(as_json(one));
            std::string column(one.name);
            column.resize(14, ' ');
            human << column << one.good_for << "; " << one.licence << "\n";
        }
        human << "\nenrichd lists preset NAME prints what to put into the configuration\n";
        return {json.dump(2) + "\n", human.str(), {}, true};
    }
    const auto found = std::find_if(presets.begin(), presets.end(),
                                    [name](const ListPreset& one) { return one.name == name; });
    if (found == presets.end())
        return {{}, {}, "there is no preset " + std::string(name) + "; see enrichd lists preset", false};
    return {as_json(*found).dump(2) + "\n", entry_text(*found), {}, true};
}

}  // namespace enrichd
