#include "shared/shared_alerts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <vector>

#include "net/tasks.hpp"
#include "pipeline/sha256.hpp"
#include "shared/scripts.hpp"

namespace enrichd {
namespace {

constexpr std::size_t written_at_once = 200;
constexpr std::chrono::seconds written_every(1);

std::string hex(std::uint64_t number) {
    std::array<char, 16> out{};
    const auto end = std::to_chars(out.data(), out.data() + out.size(), number, 16).ptr;
    return {out.data(), end};
}

/// A host, as self() writes it.
bool is_host(std::string_view text) {
    const std::size_t space = text.find(' ');
    return space != std::string_view::npos && space > 0 &&
           text.substr(0, space).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether a reply has this count of numbers, then this count of hosts.
bool is_answer(const std::vector<RedisReply>& list, std::size_t numbers, std::size_t hosts) {
    if (list.size() != numbers + hosts) return false;
    const auto end = list.begin() + static_cast<std::ptrdiff_t>(numbers);
    return std::all_of(list.begin(), end,
                       [](const auto& one) { return one.kind == RedisReply::Kind::number; }) &&
           std::all_of(end, list.end(), [](const auto& one) { return is_host(one.text); });
}

}  // namespace

void SharedAlerts::configure(std::string prefix, std::string node, std::chrono::milliseconds keep) {
    prefix_ = std::move(prefix);
    node_ = std::move(node);
    keep_ = std::to_string(keep.count());
}

void SharedAlerts::known_as(std::uint64_t state) {
    state_ = hex(state);
}

bool SharedAlerts::is_own(std::string_view host) const {
    const std::size_t space = host.find(' ');
    return host.substr(0, space) == state_ || host.substr(space + 1) == node_;
}

std::string SharedAlerts::key_of(std::uint64_t event) const {
    return prefix_ + ":e:" + hex(event);
}

/// The server counts agents and need not know them. All hosts hide them in the same way.
std::string SharedAlerts::hidden(const std::string& agent) const {
    return hex(short_hash(prefix_ + ' ' + agent));
}

task<Elsewhere> SharedAlerts::before_report(std::vector<std::uint64_t> events, std::string domain,
                                            std::string agent) {
    const bool counts = !agent.empty() && may_leave(domain);
    Elsewhere found;
    if (!counts && events.empty()) co_return found;
    std::vector<std::string> keys;
    std::vector<std::string> arguments{self(), keep_};
    if (counts) keys.push_back(key_of(domain));
    if (counts) arguments.push_back(hidden(agent));
    for (const std::uint64_t event : events) keys.push_back(key_of(event));
    auto reply = co_await redis_.run_script(shared_scripts::alerts, std::move(keys), std::move(arguments));
    if (!reply || !is_answer(reply->list, counts ? 2 : 0, events.size())) {
        counts_.reports.add("alone", events.size());
        co_return found;
    }
    bool one_elsewhere = false;
    for (std::size_t i = counts ? 2 : 0; i < reply->list.size(); ++i) {
        const bool elsewhere = !is_own(reply->list[i].text);
        counts_.reports.add(elsewhere ? "another_host" : "ours");
        found.reported.push_back(elsewhere);
        one_elsewhere = one_elsewhere || elsewhere;
    }
    if (!counts) co_return found;
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    found.agents = static_cast<std::uint32_t>(std::clamp<std::int64_t>(reply->list[1].number, 0, most));
    // Who has asked before may be this alert: the command was done twice, or another host came first with it.
    const bool is_new = reply->list[0].number != 0;
    if (is_new || (!reply->repeated && !one_elsewhere)) found.agent_is_new = is_new;
    co_return found;
}

void SharedAlerts::note_agent(std::string_view domain, std::string_view agent) {
    if (waiting_.size() < most_waiting)
        waiting_.push_back({std::string(domain), std::string(agent)});
    else
        ++counts_.dropped;
}

task<void> SharedAlerts::keep_written() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + written_every))
        for (bool more = true; more;) more = co_await write_some();
}

task<void> SharedAlerts::write_last(Clock::time_point limit) {
    for (bool more = true; more && Clock::now() < limit;) more = co_await write_some();
}

/// False when none waits, or the server does not take them now. An agent counts once, however often it is
/// written.
task<bool> SharedAlerts::write_some() {
    if (waiting_.empty() || !redis_.on() || redis_.trouble()) co_return false;
    std::vector<std::string> keys;
    std::vector<std::string> arguments{self(), keep_};
    const std::size_t taken = std::min(waiting_.size(), written_at_once);
    std::deque<Asked> some(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    for (const Asked& one : some) {
        if (!may_leave(one.domain)) continue;
        keys.push_back(key_of(one.domain));
        arguments.push_back(hidden(one.agent));
    }
    if (keys.empty()) co_return true;
    const std::size_t written = keys.size();
    auto reply = co_await redis_.run_script(shared_scripts::alerts, std::move(keys), std::move(arguments),
                                            Redis::Kind::background);
    if (reply) counts_.agents += written;
    // To the end: what the server refuses must not keep the others from being written.
    if (!reply) waiting_.insert(waiting_.end(), some.begin(), some.end());
    co_return reply.has_value();
}

}  // namespace enrichd
