#include "app/probe.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/sections.hpp"
#include "net/connection.hpp"
#include "net/lookup.hpp"
#include "net/tasks.hpp"
#include "net/tls.hpp"

namespace enrichd {
namespace {

constexpr auto longest_probe = std::chrono::seconds(3);

struct Probe {
    ConfiguredServer server;
    error failure = errc::deadline;  // until it has ended
};

task<void> connect(asio::io_context& io, Lookup& lookup, Probe& probe, Clock::time_point limit) {
    auto route = std::make_shared<Route>();
    route->upstream = probe.server.upstream;
    if (route->upstream.tls) {
        auto tls = Tls::make(route->upstream.host, route->upstream.ca_file);
        if (!tls) {
            probe.failure = tls.error();
            co_return;
        }
        route->tls = *std::move(tls);
    }
    const auto connection = co_await Connection::open(io, lookup, std::move(route), limit);
    probe.failure = connection ? error() : connection.error();
}

/// What is to be said of it; empty when it is as expected.
std::string finding(const Probe& probe) {
    const ConfiguredServer& server = probe.server;
    const std::string where = authority(server.upstream.host, server.upstream.port);
    if (!server.expected) return probe.failure ? "" : "a server listens on " + where + "; " + server.fix;
    if (!probe.failure) return {};
    if (probe.failure == errc::refused) return "nobody listens on " + where + "; " + server.fix;
    if (probe.failure == errc::proxy_refused || probe.failure == errc::proxy_auth)
        return authority(server.upstream.proxy.host, server.upstream.proxy.port) + ", the proxy to " + where +
               ", cannot be used: " + probe.failure.message();
    return where + " cannot be used: " + probe.failure.message() + "; " + server.fix;
}

}  // namespace

void probe_servers(ParsedConfig& parsed) {
    std::vector<Probe> probes;
    for (ConfiguredServer& server : servers_of_stages(parsed.config)) probes.push_back({std::move(server)});
    if (probes.empty()) return;
    asio::io_context io{1};
    Tasks tasks(io);
    Lookup lookup(io);
    const Clock::time_point limit = Clock::now() + longest_probe;
    for (Probe& probe : probes) tasks.spawn("probe", connect(io, lookup, probe, limit));
    while (tasks.running() > 0 && io.run_one() > 0) {
    }
    for (const Probe& probe : probes)
        if (std::string text = finding(probe); !text.empty())
            parsed.warnings.push_back(parsed.at(probe.server.key, std::move(text)));
}

}  // namespace enrichd
