// The verbs about the configuration, which need no running daemon.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/file_rights.hpp"
#include "app/probe.hpp"
#include "app/verb_output.hpp"
#include "app/verbs.hpp"
#include "cli/terminal.hpp"
#include "config/config.hpp"
#include "config/config_schema.hpp"
#include "config/effective_keys.hpp"
#include "config/sections.hpp"
#include "config/yaml_reference.hpp"
#include "config/yaml_writer.hpp"
#include "net/peer.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

nlohmann::ordered_json to_json(const std::vector<Problem>& problems) {
    auto list = nlohmann::ordered_json::array();
    for (const Problem& one : problems)
        list.push_back({{"file", one.file},
                        {"line", one.line},
                        {"column", one.column},
                        {"key", one.key},
                        {"message", one.message}});
    return list;
}

std::string origin_of(const EffectiveKey& key, const std::string& file) {
    return key.line == 0 ? "default" : file + ":" + std::to_string(key.line);
}

/// The origins stand below each other where the values are short.
std::string with_origins(const std::vector<EffectiveKey>& keys, const std::string& file) {
    constexpr std::size_t column = 56;
    std::string out;
    for (const EffectiveKey& one : keys) {
        std::string line = one.key + ": " + one.value;
        line.resize(std::max(line.size() + 2, column), ' ');
        out += line + "# " + origin_of(one, file) + "\n";
    }
    return out;
}

}  // namespace

namespace verbs {

int check(const Arguments& arguments) {
    ParsedConfig parsed = load_config(arguments.config);
    const AllowList allow(parsed.config.intake.allow);
    for (const std::string& name : allow.unknown())
        parsed.warnings.push_back(
            parsed.at("intake.allow", "'" + name + "' is no user or group of this machine"));
    look_at_files(parsed);
    if (parsed.errors.empty() && !arguments.offline) probe_servers(parsed);
    const bool good = parsed.errors.empty() && (!arguments.strict || parsed.warnings.empty());
    if (arguments.format == "json") {
        nlohmann::ordered_json report{{"file", arguments.config},
                                      {"ok", good},
                                      {"errors", to_json(parsed.errors)},
                                      {"warnings", to_json(parsed.warnings)}};
        if (good && arguments.show) report["configuration"] = to_yaml(parsed.config);
        std::cout << report.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) << "\n";
    } else {
        print(std::cerr, parsed.errors, "error: ");
        print(std::cerr, parsed.warnings, "warning: ");
        if (good && !arguments.show)
            std::cout << lines_for_terminal(
                arguments.config + ": good\n" + summary_of_stages(parsed.config) + "Memory: at most " +
                readable_bytes(static_cast<double>(memory_of_stages(parsed.config))) +
                " for verdicts, failures, repeats and bursts; lists come on top (docs/sizing.md)\n");
    }
    if (good && arguments.show && arguments.format == "human")
        std::cout << lines_for_terminal(to_yaml(parsed.config));
    return good ? 0 : exit_config;
}

int config_show(const Arguments& arguments) {
    const ParsedConfig parsed = read_config(arguments.config);
    print(std::cerr, parsed.errors, "error: ");
    print(std::cerr, parsed.warnings, "warning: ");
    if (!parsed.errors.empty()) return exit_config;
    const std::vector<EffectiveKey> keys = effective_keys(parsed);
    Json list = Json::array();
    for (const EffectiveKey& one : keys)
        list.push_back({{"key", one.key}, {"value", one.value}, {"origin", origin_of(one, parsed.file)}});
    const std::string human = arguments.origin ? with_origins(keys, parsed.file) : to_yaml(parsed.config);
    return print(arguments,
                 {list.dump(2, ' ', true, Json::error_handler_t::replace) + "\n", human, {}, true});
}

int config_example(const Arguments&) {
    std::cout << sample_configuration();
    return std::cout ? 0 : 1;
}

int config_schema(const Arguments&) {
    std::cout << configuration_schema();
    return std::cout ? 0 : 1;
}

}  // namespace verbs
}  // namespace enrichd
