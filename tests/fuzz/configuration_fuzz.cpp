// The YAML of an operator.
#include "config/config.hpp"
#include "config/yaml_writer.hpp"
#include "fuzz.hpp"

namespace enrichd::fuzz {
namespace {

void look_at(const std::vector<Problem>& problems) {
    for (const Problem& problem : problems) {
        require(problem.line >= 0 && problem.column >= 0 && !problem.message.empty());
        require(valid_utf8(problem.text()) && problem.text().size() < 4096);
    }
}

/// What is shown of a configuration has no passwords in it, and a mode that is settled.
Config shown(Config config) {
    config.domain_stats.was_automatic = false;
    config.domain_stats.embedded.rdap.proxy = Secret();
    config.otx.server.proxy = Secret();
    return config;
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    const std::string text(fuzz::input(data, size));
    const ParsedConfig parsed = parse_config(text, "enrichd.yaml");
    fuzz::look_at(parsed.errors);
    fuzz::look_at(parsed.warnings);
    if (!parsed.errors.empty()) return 0;
    const ParsedConfig again = parse_config(to_yaml(parsed.config), "enrichd.yaml");
    fuzz::require(again.errors.empty());
    fuzz::require(fuzz::shown(again.config) == fuzz::shown(parsed.config));
    return 0;
}
