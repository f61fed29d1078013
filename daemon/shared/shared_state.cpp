#include "shared/shared_state.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "shared/scripts.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto meet_every = 1s;
constexpr std::string_view hosts_fact = "shared_hosts";
constexpr std::uint64_t most_hosts = 10'000;
/// A run of this name before ours may have ended a moment ago: one that comes back is another host.
constexpr unsigned other_runs_before_a_warning = 2;

std::string random_text() {
    Random random = random_generator();
    std::string out;
    for (int i = 0; i < 16; ++i) out.push_back("0123456789abcdef"[random() % 16]);
    return out;
}

}  // namespace

SharedState::SharedState(asio::io_context& io, Lookup& lookup)
    : tasks_(io), redis_(io, lookup, shared_scripts::all), run_(random_text()) {}

void SharedState::configure(const SharedConfig& config) {
    config_ = config;
    node_ = node_name(config_);
    const std::string prefix = "{" + config_.prefix + "}";  // a hash tag: all keys are in one slot
    contacts_.configure(prefix, node_, config_.keep);
    questions_.configure(prefix, node_);
    alerts_.configure(prefix, node_, config_.keep);
    redis_.configure(redis_options(config_));
    others_ = 0;
    name_taken_ = false;
}

void SharedState::start() {
    tasks_.spawn("shared state connection", redis_.serve());
    tasks_.spawn("shared state hosts", keep_in_touch());
    tasks_.spawn("shared state agents", alerts_.keep_written());
}

void SharedState::start_restored(Domains& domains, Snapshot& snapshot) {
    domains_ = &domains;
    snapshot_ = &snapshot;
    tasks_.spawn("shared state contacts", contacts_.keep_reported(domains, snapshot));
    tasks_.spawn("shared state hosts", recall_hosts());
}

task<void> SharedState::write_last(Clock::time_point limit) {
    co_await contacts_.write_last(*domains_, limit);
    co_await alerts_.write_last(limit);
    all_written_ = true;
}

task<void> SharedState::stop(Clock::time_point limit) {
    // In a task of its own: a state file whose disk hangs must not keep the daemon.
    if (domains_) tasks_.spawn("last shared contacts", write_last(limit));
    for (bool awake = true; awake && domains_ && !all_written_ && Clock::now() < limit;)
        awake = co_await sleep_until(Clock::now() + 5ms);
    tasks_.cancel();
    co_await tasks_.drained(limit);
}

std::size_t SharedState::share_of(std::size_t per_hour) const {
    const std::size_t share = std::max<std::size_t>(1, per_hour / std::max<std::uint64_t>(1, hosts_));
    return alone() ? share : per_hour;
}

/// When the server is down at the start, the quotas are divided by as many as there were.
task<void> SharedState::recall_hosts() {
    auto fact = co_await snapshot_->fact(hosts_fact);
    if (met_ || !fact || !*fact) co_return;
    hosts_ = std::clamp<std::uint64_t>(std::strtoull((*fact)->c_str(), nullptr, 10), 1, most_hosts);
}

task<void> SharedState::found_out(Clock::time_point limit) const {
    for (bool awake = true;
         awake && on() && !redis_.is_connected() && !redis_.trouble() && Clock::now() < limit;)
        awake = co_await sleep_until(Clock::now() + 10ms);
}

task<void> SharedState::keep_in_touch() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + meet_every))
        if (redis_.on()) co_await meet();
}

task<void> SharedState::meet() {
    const std::string prefix = "{" + config_.prefix + "}:";
    std::vector<std::string> keys{prefix + "hosts", prefix + "runs", prefix + "server"};
    std::vector<std::string> arguments{node_, run_, random_text()};
    auto reply = co_await redis_.run_script(shared_scripts::meet, std::move(keys), std::move(arguments),
                                            Redis::Kind::probe);
    if (!reply || reply->list.size() != 3) co_return;
    const std::uint64_t hosts_before = hosts_;
    met_ = true;
    hosts_ = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>(std::max<std::int64_t>(1, reply->list[1].number)), 1, most_hosts);
    if (hosts_ != hosts_before && snapshot_) snapshot_->note_fact(hosts_fact, std::to_string(hosts_));
    contacts_.server_is(reply->list[0].text);
    const std::string& before = reply->list[2].text;
    others_ = before.empty() || before == run_ ? 0 : others_ + 1;
    const bool taken = others_ >= other_runs_before_a_warning;
    if (taken && !std::exchange(name_taken_, true))
        log::error("another host uses the same name in the shared state; set shared.node to another on each",
                   {{"node", node_}});
    if (!taken && before == run_) name_taken_ = false;
}

}  // namespace enrichd
