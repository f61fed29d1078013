// The verbs `seen …`: which domains count as seen here, told to the daemon that runs, else to
// its state file.
#pragma once

#include <string>

#include "app/config.hpp"
#include "app/report.hpp"

namespace enrichd {

/// A list of domains, one a line, as other tools write them: "example.com", "17,example.com", "example.com
/// 2026-11-24T03:55:50Z" (when it was first seen; else now). Host names count for their domains. What is
/// there already keeps the earlier time.
Report seen_import(const Config& config, const std::string& file);

/// The lines that seen_import reads, in `human`.
Report seen_export(const Config& config);

Report seen_count(const Config& config);

/// The next question for it is a first contact.
Report seen_forget(const Config& config, const std::string& name);

}  // namespace enrichd
