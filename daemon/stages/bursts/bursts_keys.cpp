#include "stages/bursts/bursts_keys.hpp"

#include <chrono>

#include "base/units.hpp"

namespace enrichd {

using namespace std::chrono_literals;

void visit_bursts(BurstsConfig& config, ConfigVisitor& v) {
    v.section({"nxdomain", "domains that do not exist and are new to the agent"}, [&] {
        v.number({"domains", "number of them that gives an event; 0: none does"}, config.nxdomain.domains, 0,
                 100);
        v.duration({"window", "within this time"}, config.nxdomain.window, 1min, 24h);
    });
    v.section({"tunnel", "host names under one domain that carry data"}, [&] {
        v.number({"bytes", "what they carry before there is an event, by their length and entropy; 0: none"},
                 config.tunnel.bytes, 0, 50'000);
        v.duration({"window", "within this time"}, config.tunnel.window, 2min, 24h);
    });
}

std::string summary_of(const BurstsConfig& config) {
    std::string out = "Bursts: ";
    out += config.nxdomain.domains == 0
               ? "domains that do not exist are not counted"
               : std::to_string(config.nxdomain.domains) + " domains that do not exist within " +
                     to_text(config.nxdomain.window);
    out += config.tunnel.bytes == 0 ? "; tunnels are not looked for"
                                    : "; " + std::to_string(config.tunnel.bytes) +
                                          " bytes in host names within " + to_text(config.tunnel.window);
    return out;
}

}  // namespace enrichd
