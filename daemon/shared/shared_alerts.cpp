#include "shared/shared_alerts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <vector>

#include "net/tasks.hpp"
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
    return host.substr(0, space) == state_ ||
           (space != std::string_view::npos && host.substr(space + 1) == node_);
}

task<Elsewhere> SharedAlerts::before_report(std::uint64_t alert, std::string domain, std::string agent) {
    const bool counts = !agent.empty() && may_leave(domain);
    std::vector<std::string> keys;
    std::vector<std::string> arguments{self(), keep_};
    if (counts) keys.push_back(key_of(domain));
    if (counts) arguments.push_back(std::move(agent));
    keys.push_back(prefix_ + ":e:" + hex(alert));
    auto reply = co_await redis_.run_script(shared_scripts::alerts, std::move(keys), std::move(arguments));
    Elsewhere found;
    const bool understood = reply && reply->list.size() == (counts ? 3 : 1);
    if (!understood || reply->list.back().text.empty()) {
        counts_.reports.add("alone");
        co_return found;
    }
    found.reported = !is_own(reply->list.back().text);
    counts_.reports.add(found.reported ? "another_host" : "ours");
    if (counts) {
        constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
        found.agent_is_new = reply->list[0].number != 0;
        found.agents = static_cast<std::uint32_t>(std::clamp<std::int64_t>(reply->list[1].number, 0, most));
    }
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
        arguments.push_back(one.agent);
    }
    if (keys.empty()) co_return true;
    const std::size_t written = keys.size();
    auto reply = co_await redis_.run_script(shared_scripts::alerts, std::move(keys), std::move(arguments),
                                            Redis::Kind::background);
    if (reply) counts_.agents += written;
    if (!reply) waiting_.insert(waiting_.begin(), some.begin(), some.end());
    co_return reply.has_value();
}

}  // namespace enrichd
