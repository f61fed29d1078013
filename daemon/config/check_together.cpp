#include "config/check_together.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "config/sections.hpp"

namespace enrichd {

void check_together(ParsedConfig& out) {
    const Config& config = out.config;
    const KeyProblems problems = problems_into(out);
    const auto unless = [&](bool good, const char* key, const char* expected) {
        if (!good) problems.error(key, std::string("expected ") + expected);
    };
    unless(config.outputs.wazuh || !config.outputs.file.empty(), "outputs",
           "wazuh or file to be on, else no event goes anywhere");
    unless(!config.intake.allow.empty(), "intake.allow", "at least one user or group");
    unless(!config.reader.fields.empty(), "intake.fields", "at least one JSON pointer");
    unless(config.files.files.size() <= FilesOptions::most, "intake.files", "at most 16 files");
    std::vector<std::string> files = config.files.files;
    std::sort(files.begin(), files.end());
    unless(std::adjacent_find(files.begin(), files.end()) == files.end(), "intake.files", "each file once");
    unless(config.admin.socket.empty() || config.admin.socket != config.intake.socket, "admin.socket",
           "another path than intake.socket");
    check_shared(config.shared, problems);
    check_stages(config, problems);
}

}  // namespace enrichd
