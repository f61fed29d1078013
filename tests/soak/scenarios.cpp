#include "soak/scenarios.hpp"

#include <algorithm>
#include <future>
#include <random>

#include "net/unix_socket.hpp"
#include "soak/other_faults.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

OutageOutcome outage(void (World::*leaves)(), void (World::*comes)(), std::size_t alerts,
                     std::chrono::milliseconds time, const std::function<std::string(std::size_t)>& name_of) {
    World world({}, false);
    world.daemon().start();
    world.send(1, "www.new-first.com");
    world.settled();
    OutageOutcome out;
    const long idle = world.vitals().resident;
    const std::uint64_t asked_before = world.domain_stats().counts().requests;
    std::atomic<bool> ended = false;
    std::thread watcher([&] {
        while (!ended) {
            out.resident_growth = std::max(out.resident_growth, world.vitals().resident - idle);
            std::this_thread::sleep_for(50ms);
        }
    });
    (world.*leaves)();
    send_many(world, 2, alerts, 1, time, name_of);
    for (const char* file : {"enrichd.db", "enrichd.db-wal"}) {
        std::error_code none;
        const auto bytes = std::filesystem::file_size(world.daemon().state() / file, none);
        if (!none) out.state_bytes += bytes;
    }
    (world.*comes)();
    const auto end = std::chrono::steady_clock::now();
    const bool caught_up = world.settled(600s);
    out.caught_up =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - end);
    ended = true;
    watcher.join();
    if (!caught_up) throw std::runtime_error("the daemon does not catch up: " + world.daemon().log());
    out.outcome = world.outcome();
    out.requests = world.domain_stats().counts().requests - asked_before;
    return out;
}

}  // namespace

Outcome kills(const KillsOptions& options) {
    std::mt19937_64 random(options.seed);
    World world;
    world.daemon().start();
    std::vector<std::size_t> moments;
    for (std::size_t i = 0; i < options.kills; ++i) moments.push_back(random() % options.alerts);
    std::sort(moments.begin(), moments.end());
    std::atomic<std::size_t> sent = 0;
    auto killer = std::async(std::launch::async, [&] {
        OtherFaults others(world, random);
        for (const std::size_t moment : moments) {
            eventually([&] { return sent >= moment; }, 10min);
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
            world.daemon().crash();
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
            if (options.other_faults) others.next();
            world.daemon().start();
        }
    });
    send_many(
        world, 1, options.alerts, 2, 0ms,
        [&](std::size_t number) { return mixed_name(options.seed, number); }, &sent);
    killer.get();  // with its exception, if it has one
    if (!world.settled(120s))
        throw std::runtime_error("the daemon does not catch up: " + world.daemon().log());
    return world.outcome();
}

Outcome restarts(SocketOf whose, std::size_t alerts, std::size_t restarts, std::chrono::milliseconds time) {
    World world;
    const auto socket = whose == SocketOf::another
                            ? listen_unix(UnixSocket::packets, world.daemon().socket(), 0660, -1)
                            : result<Fd>(Fd());
    if (!socket) throw std::runtime_error("cannot listen");
    const auto start = [&] {
        if (whose == SocketOf::another)
            world.daemon().start(socket->get());
        else
            world.daemon().start_at_first_connection();
    };
    start();
    auto systemd = std::async(std::launch::async, [&] {
        for (std::size_t i = 0; i < restarts; ++i) {
            std::this_thread::sleep_for(time / (restarts + 1));
            if (world.daemon().stop() != 0) throw std::runtime_error("no clean stop");
            start();
        }
    });
    send_many(world, 1, alerts, 2, time, [](std::size_t number) { return mixed_name(0, number); });
    systemd.get();
    if (!world.settled(120s))
        throw std::runtime_error("the daemon does not catch up: " + world.daemon().log());
    return world.outcome();
}

OutageOutcome wazuh_away(std::size_t alerts, std::chrono::milliseconds time) {
    // All of one domain, which is known: an alert that has to be asked for may be overtaken by the next, and
    // their order would say nothing of the output.
    const auto name = [](std::size_t number) { return "host" + std::to_string(number) + ".new-first.com"; };
    return outage(&World::wazuh_leaves, &World::wazuh_comes, alerts, time, name);
}

OutageOutcome domain_stats_away(std::size_t alerts, std::chrono::milliseconds time) {
    const auto name = [](std::size_t number) { return "www.new-own" + std::to_string(number) + ".com"; };
    return outage(&World::domain_stats_leaves, &World::domain_stats_comes, alerts, time, name);
}

}  // namespace enrichd::test
