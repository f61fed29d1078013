// The verbs `seen …`: the domains that count as seen here. They work on the running daemon, else on its state
// file.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// A list of domains in any of the formats of read_seen_list, plain or gzip. Host names count for their
/// domains. What is there already keeps the earlier time. Not good when no line is a domain.
Report seen_import(const Config& config, const std::string& file);

/// The lines that seen_import reads, in `human`.
Report seen_export(const Config& config);

Report seen_count(const Config& config);

/// The next question for it is a first contact.
Report seen_forget(const Config& config, const std::string& name);

}  // namespace enrichd
