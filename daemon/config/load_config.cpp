// load_config: the configuration and what it refers to.
#include <string>

#include "config/config.hpp"
#include "config/sections.hpp"

namespace enrichd {

KeyProblems problems_into(ParsedConfig& parsed) {
    return {[&parsed](const std::string& key, const std::string& message) {
                parsed.errors.push_back(parsed.at(key, message));
            },
            [&parsed](const std::string& key, const std::string& message) {
                parsed.warnings.push_back(parsed.at(key, message));
            }};
}

ParsedConfig load_config(const std::string& file, const Config* running) {
    ParsedConfig parsed = read_config(file);
    load_stages(parsed.config, running, problems_into(parsed));
    return parsed;
}

}  // namespace enrichd
