// A list that gets a million names, compared with five million that were asked for.
#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "stages/lists/listed_hashes.hpp"
#include "store/state.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

constexpr std::uint64_t asked_for = 5'000'000;
constexpr std::uint64_t listed = 1'000'000;
constexpr std::uint64_t both = 1'000;  // that are listed and were asked for
constexpr std::size_t looked_up_at_once = 5'000;

std::string name_of(std::uint64_t number) {
    return "host-" + std::to_string(number * 2'654'435'761U) + ".shop-" + std::to_string(number) + ".com";
}

/// As the daemon leaves them, in one transaction.
void fill(asio::io_context& io, State& state, WallTime now) {
    std::vector<std::uint64_t> hashes;
    for (std::uint64_t i = 0; i < asked_for; ++i) hashes.push_back(state.asked_names.hash()(name_of(i)));
    std::sort(hashes.begin(), hashes.end(), [](std::uint64_t a, std::uint64_t b) {
        return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
    });
    AgentSet agents;
    agents.add(7);
    const error failure = run(io, state.database.run([&](StateFile& file) {
        for (const std::uint64_t hash : hashes)
            file.run("INSERT INTO names (name, first, last, agents) VALUES (?, ?, ?, ?)",
                     static_cast<std::int64_t>(hash), now.time_since_epoch().count(),
                     now.time_since_epoch().count() / 3600, agents.bytes());
    }));
    if (failure) give_up("the names were not written: " + failure.message());
}

std::shared_ptr<const NameIndex> list() {
    auto index = std::make_shared<NameIndex>();
    for (std::uint64_t i = 0; i < listed; ++i)
        index->add(name_of(asked_for - both + i), static_cast<std::uint8_t>(Listing::exact));
    index->finish();
    return index;
}

}  // namespace

void measure_retro() {
    std::printf("\nretro-match\n");
    const TempDir dir;
    asio::io_context io;
    State state(io, {dir / "enrichd.db"}, {1'000, 1'000, 1'000, 1'000, asked_for});
    run(io, state.prevalence.load());
    const WallTime now = wall_seconds(WallClock::now());
    fill(io, state, now);
    const auto index = list();
    std::array<std::vector<double>, 2> seconds;
    for (int round = 0; round < 5; ++round) {
        const auto start = BenchClock::now();
        const auto gained = listed_hashes::gained(*index, {}, state.asked_names.hash());
        const auto between = BenchClock::now();
        std::size_t found = 0;
        for (std::size_t from = 0; from < gained.names.size(); from += looked_up_at_once) {
            std::vector<std::uint64_t> hashes;
            for (std::size_t i = from; i < std::min(from + looked_up_at_once, gained.names.size()); ++i)
                hashes.push_back(gained.names[i].hash);
            found += run(io, state.asked_names.find(std::move(hashes), now - std::chrono::hours(720)))
                         .value()
                         .size();
        }
        if (found != both) give_up(std::to_string(found) + " names were found");
        seconds[0].push_back(std::chrono::duration<double>(between - start).count());
        seconds[1].push_back(seconds_since(between));
    }
    row("1,000,000 names hashed, sorted, compared with what the list had",
        text("%.2f s", median(seconds[0])));
    row("the same looked up among 5,000,000 that were asked for", text("%.2f s", median(seconds[1])));
    state.database.close();
    row("a name that was asked for takes",
        text("%.0f bytes of the state file",
             static_cast<double>(std::filesystem::file_size(dir / "enrichd.db")) / asked_for));
}

}  // namespace enrichd::test
