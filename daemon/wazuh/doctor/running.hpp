// Wazuh's programs, as their pid files, sockets and /proc show them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "wazuh/home.hpp"

namespace enrichd::wazuh {

struct Running {
    bool runs = false;
    std::optional<double> since{};  // seconds since 1970
};

/// `program`: "wazuh-integratord". `socket`: the one that it binds when it starts, below queue/sockets.
Running running(const Home& home, const std::string& program, const std::string& socket);

/// When a file was written last, in seconds since 1970; 0 when it is not there.
double written_at(const std::filesystem::path& file);

}  // namespace enrichd::wazuh
