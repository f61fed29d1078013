// What was said on the command line.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace enrichd {

inline constexpr const char* no_events = "none";

struct Arguments {
    std::string config = default_config_file;
    std::string format = "human";          // or "json"
    std::string subject;                   // a name, file, level, shell or directory, as the verb has it
    std::string wazuh_home;                // empty: as the configuration has it
    std::string alert_source;              // of Wazuh's alerts; empty: as before
    std::vector<std::string> event_kinds;  // no_events: none; empty: as before
    std::vector<std::string> kinds;        // of findings; empty: the usual ones
    std::string until;                     // a date; empty: for ever
    std::string note;
    std::string suffix;  // of names; empty: all
    std::string agent;   // its id; empty: all
    double every = 0;    // seconds between two looks; 0: one look
    double seconds = 0;  // to count; 0: until interrupted
    int port = 0;        // to listen on; 0: any
    bool show = false;
    bool offline = false;
    bool once = false;
    bool dry_run = false;
    bool no_cache = false;
    bool write = false;
    bool refresh = false;
    bool with_log = false;
    bool json_lines = false;
    bool strict = false;
    bool origin = false;
    bool negative = false;
};

}  // namespace enrichd
