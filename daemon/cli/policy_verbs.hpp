// The verbs about lists, the allowlist and decisions, which ask the running daemon over the admin socket.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

Report daemon_lists(const Config& config);
Report daemon_lists_test(const Config& config, const std::string& name);

/// All lists when `name` is empty.
Report daemon_lists_reload(const Config& config, const std::string& name);

struct AllowRequest {
    std::string name;  // or ".SUFFIX"
    std::vector<std::string> kinds{};
    std::string until{};
    std::string note{};
};
Report daemon_allow_add(const Config& config, const AllowRequest& request);
Report daemon_allow_remove(const Config& config, const std::string& name);
Report daemon_allow_list(const Config& config);
Report daemon_allow_check(const Config& config, const std::string& name);

Report daemon_why(const Config& config, const std::string& name);

/// The latest events, newest first.
Report daemon_recent(const Config& config);

struct TapRequest {
    std::string suffix{};  // of names; empty: all
    std::string agent{};   // its id; empty: all
    bool json = false;
};
/// Prints a line an alert until the daemon stops or the output is closed.
Report daemon_tap(const Config& config, const TapRequest& request, std::ostream& out);

}  // namespace enrichd
