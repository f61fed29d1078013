// What a supporter needs to know of this host, in one text file that can be read before it is sent.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// Keys, passwords, internal domains and the names of hosts in URLs are masked; no name from an alert is in
/// it, unless `with_log`. `target`: a path, "-" for the report's text, empty for enrichd-support-TIME.txt
/// here.
Report write_support_file(const Config& config, const std::string& config_file, const std::string& target,
                          bool with_log);

}  // namespace enrichd
