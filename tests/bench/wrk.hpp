// wrk, the HTTP load generator, as a library.
#pragma once

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>

#include "support/temp_dir.hpp"

namespace enrichd::test {

struct WrkOptions {
    std::uint16_t port = 0;
    int connections = 64;  // kept
    int seconds = 10;
    std::string domain = "n";  // Lua for the number of the domain that is asked for; `n` counts
};

struct WrkResult {
    double requests = 0;  // a second
    std::string p99{};
};

inline WrkResult wrk(const WrkOptions& options) {
    const TempDir dir;
    write_file(dir / "ask.lua",
               "local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format(\"GET\", "
               "\"/www.domain-\" .. " +
                   options.domain + " .. \".de\")\nend\n");
    const std::string command =
        "wrk -t1 -c" + std::to_string(options.connections) + " -d" + std::to_string(options.seconds) +
        "s --latency -s " + (dir / "ask.lua").string() + " http://127.0.0.1:" + std::to_string(options.port);
    WrkResult out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    char line[256];
    while (pipe && std::fgets(line, sizeof line, pipe)) {
        std::istringstream words(line);
        std::string first;
        std::string second;
        words >> first >> second;
        if (first == "99%") out.p99 = second;
        if (first == "Requests/sec:") out.requests = std::stod(second);
    }
    if (pipe) ::pclose(pipe);
    return out;
}

}  // namespace enrichd::test
