// The verbs `seen …`: which domains count as seen here, in the state file of a daemon that does not run.
#pragma once

#include <string>

#include "app/config.hpp"

namespace enrichd {

struct SeenReport {
    std::string json;
    std::string human;
    std::string error;  // for stderr
    bool good = false;
};

/// A list of domains, one a line, as other tools write them: "example.com", "17,example.com", "example.com
/// 2026-11-24T03:55:50Z" (when it was first seen; else now). Host names count for their domains. What is
/// there already keeps the earlier time.
SeenReport seen_import(const Config& config, const std::string& file);

/// The lines that seen_import reads, in `human`.
SeenReport seen_export(const Config& config);

SeenReport seen_count(const Config& config);

/// The next question for it is a first contact.
SeenReport seen_forget(const Config& config, const std::string& name);

}  // namespace enrichd
