#include "shared/first_contacts.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "net/tasks.hpp"
#include "shared/scripts.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view server_fact = "shared_server";
constexpr std::int64_t most_servers = 1'000'000'000;  // whatever a spoilt file says
constexpr std::size_t reported_at_once = 200;
constexpr std::size_t most_alone = 100'000;
constexpr std::size_t most_written = 20'000;
constexpr auto may_be_lost = 10min;  // by a server that fails over to a replica, say
constexpr auto look_every = 1s;
constexpr auto look_at_rest_every = 60s;
constexpr auto claims_are_reported_within = 60s;

std::string text_of(std::chrono::milliseconds time) {
    return std::to_string(time.count());
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

void SharedContacts::configure(std::string prefix, std::string node, std::chrono::milliseconds keep) {
    prefix_ = std::move(prefix);
    node_ = std::move(node);
    keep_ = text_of(keep);
}

task<void> SharedContacts::claim(const std::string& domain, Contact& contact) {
    if (!redis_.on() || !contact.first) co_return;
    std::vector<std::string> keys{key_of(domain)};
    std::vector<std::string> arguments{node_, text_of(claimed_for)};
    claimed_at_ = Clock::now();
    next_look_ = std::min(next_look_, claimed_at_ + look_every);
    auto reply = co_await redis_.run_script(shared_scripts::claim, std::move(keys), std::move(arguments));
    const bool understood = reply && !reply->list.empty();
    if (!understood) {  // this host reports it, and says so later
        counts_.claims.add("alone");
        behind_ = true;
        if (alone_.size() < most_alone) alone_.insert(domain);
        co_return;
    }
    const std::string& outcome = reply->list.front().text;
    if (outcome == "reported") {
        counts_.claims.add("reported");
        contact.first = false;
        const std::int64_t seen = reply->list.size() > 1 ? number_of(reply->list[1].text) : 0;
        if (seen > 0) contact.seen = std::min(contact.seen, WallTime(std::chrono::seconds(seen)));
    } else if (outcome == "claimed") {
        counts_.claims.add("claimed");
        contact.first = false;
        contact.under_way = true;
    } else {
        counts_.claims.add("ours");
    }
}

void SharedContacts::server_is(const std::string& identity) {
    if (std::exchange(identity_, identity) != identity) next_look_ = {};
}

task<void> SharedContacts::keep_reported(Domains& domains, Snapshot& snapshot) {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + look_every)) {
        const bool time = Clock::now() >= next_look_ || connects_ != redis_.counts().connects;
        if (!redis_.on() || identity_.empty() || redis_.trouble() || !time) continue;
        const error failure = co_await restore(domains, snapshot);
        if (failure) continue;
        if (identity_ != known_to_) {  // another server, or an empty one
            ++serial_;
            known_to_ = identity_;
            snapshot.note_fact(server_fact, std::to_string(serial_) + " " + known_to_);
        }
        co_await write_again();
        for (bool more = true; more;) more = co_await report_some(domains);
    }
}

/// The fact is "SERIAL IDENTITY".
task<error> SharedContacts::restore(Domains& domains, Snapshot& snapshot) {
    if (restored_at_ == domains.openings()) co_return error();
    const std::uint64_t opening = domains.openings();
    const error unprepared = co_await domains.prepare_sharing();
    if (unprepared) co_return unprepared;
    auto fact = co_await snapshot.fact(server_fact);
    if (!fact) co_return fact.error();
    known_to_.clear();
    serial_ = 0;
    if (*fact) {
        const std::string& text = **fact;
        serial_ = std::clamp<std::int64_t>(number_of(text), 0, most_servers);
        const auto space = text.find(' ');
        if (space != std::string::npos) known_to_ = text.substr(space + 1);
    }
    restored_at_ = opening;
    co_return error();
}

/// True when there may be more.
task<bool> SharedContacts::report_some(Domains& domains) {
    const std::int64_t serial = serial_;
    auto found = co_await domains.unshared(serial, reported_at_once);
    if (!found) co_return false;
    behind_ = !found->empty();
    if (!behind_) {
        // An alert that has claimed its domain is finished soon after.
        const bool lately = Clock::now() - claimed_at_ < claims_are_reported_within;
        next_look_ = Clock::now() + (lately ? look_every : look_at_rest_every);
        co_return false;
    }
    const bool written = co_await write(*found);
    if (!written) co_return false;
    std::vector<std::string> names;
    for (SeenDomain& one : *found) {
        names.push_back(one.domain);
        written_.push_back({Clock::now(), std::move(one)});
    }
    while (!written_.empty() &&
           (written_.size() > most_written || Clock::now() - written_.front().at > may_be_lost))
        written_.pop_front();
    const error failure = co_await domains.shared(std::move(names), serial);
    co_return !failure;
}

/// A server that comes back may have lost its last moments.
task<void> SharedContacts::write_again() {
    const std::uint64_t connects = redis_.counts().connects;
    if (connects_ == connects) co_return;
    std::vector<SeenDomain> page;
    const std::deque<Written> all = written_;
    for (const Written& one : all) {
        page.push_back(one.what);
        if (page.size() < reported_at_once && &one != &all.back()) continue;
        const bool taken = co_await write(page);
        if (!taken) co_return;
        page.clear();
    }
    connects_ = connects;
}

/// What must not leave this host is left out. False when the server did not take them.
task<bool> SharedContacts::write(std::vector<SeenDomain> domains) {
    std::vector<std::string> keys;
    std::vector<std::string> arguments{node_, keep_};
    std::vector<std::string> names;
    for (const SeenDomain& one : domains) {
        if (may_leave_ && !may_leave_(one.domain)) continue;
        keys.push_back(key_of(one.domain));
        arguments.push_back(std::to_string(one.seen.time_since_epoch().count()));
        names.push_back(one.domain);
    }
    if (names.empty()) co_return true;
    auto reply = co_await redis_.run_script(shared_scripts::report, std::move(keys), std::move(arguments),
                                            Redis::Kind::background);
    if (!reply) co_return false;
    counts_.reports += names.size();
    note_twice(names, reply->list);
    co_return true;
}

task<void> SharedContacts::write_last(Domains& domains, Clock::time_point limit) {
    if (!redis_.on() || identity_.empty() || redis_.trouble() || !restored_at_) co_return;
    for (bool more = true; more && Clock::now() < limit;) more = co_await report_some(domains);
}

/// Of what this host reported without a claim, some may have been reported by another host too.
void SharedContacts::note_twice(const std::vector<std::string>& names,
                                const std::vector<RedisReply>& by_others) {
    std::uint64_t twice = 0;
    for (const RedisReply& other : by_others) {
        const auto at = other.number > 0 ? static_cast<std::size_t>(other.number) - 1 : names.size();
        if (at < names.size() && alone_.contains(names[at])) ++twice;
    }
    for (const std::string& name : names) alone_.erase(name);
    counts_.twice += twice;
    if (twice > 0)
        log::warning("first contacts were reported by two hosts while the shared state server was down",
                     {{"domains", twice}, {"in_all", counts_.twice}});
}

task<void> SharedContacts::forget(std::string domain) {
    if (!redis_.on()) co_return;
    RedisCommand command{"DEL", key_of(domain)};
    auto reply = co_await redis_.run(std::move(command), Redis::Kind::background);
    if (!reply)
        log::warning("the shared state server still knows a domain that was to be forgotten",
                     {{"reason", label(reply.error())}, {"detail", reply.error().message()}});
}

}  // namespace enrichd
