#include "store/outbox.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace enrichd {
namespace {

/// Kinds are labels that live for ever; a spoilt file must not make many of them. In the store's thread.
std::string_view kind_of(const std::string& text) {
    constexpr std::size_t longest = 64;
    constexpr std::size_t most = 64;
    static std::set<std::string, std::less<>> kinds;
    if (const auto known = kinds.find(text); known != kinds.end()) return *known;
    const bool plain = !text.empty() && text.size() <= longest &&
                       text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (!plain || kinds.size() == most) return "other";
    return *kinds.insert(text).first;
}

}  // namespace

StoredEvent stored_event(const Row& row) {
    const auto destination = row.number(2) == 0 ? Destination::siem : Destination::active_response;
    Event event{
        kind_of(row.text(1)), row.text(3), {row.text(4), row.text(5), row.text(6)}, row.text(7), destination};
    return {row.number(0), std::move(event)};
}

void Outbox::claim(std::string_view output) {
    ++waiting_[output];
    if (counting_) ++since_[output];
}

void Outbox::release_at_once(std::string_view output) {
    release(output);
    if (counting_) --since_[output];
}

/// A count that is on its way was asked for later than what has failed.
void Outbox::release(std::string_view output) {
    std::size_t& waiting = waiting_[output];
    waiting -= std::min<std::size_t>(waiting, 1);
}

void Outbox::put(std::string_view output, std::vector<Event> events) {
    if (events.empty()) return;
    std::vector<Undelivered> undelivered;
    for (Event& event : events) {
        claim(output);
        undelivered.push_back({output, std::move(event)});
    }
    database_.run_surely([undelivered = std::move(undelivered)](StateFile& file) { add(file, undelivered); });
}

void Outbox::add(StateFile& file, const std::vector<Undelivered>& events) {
    for (const auto& [output, event] : events)
        file.run(
            "INSERT INTO outbox (output, kind, destination, location, agent_id, agent_name, agent_ip, json)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            output, event.kind, static_cast<std::int64_t>(event.destination), event.location, event.agent.id,
            event.agent.name, event.agent.ip, event.json);
}

task<result<std::vector<StoredEvent>>> Outbox::oldest(std::string_view output, std::size_t count) {
    auto found = std::make_shared<std::vector<StoredEvent>>();
    Database::Work work = [found, output, count](StateFile& file) {
        file.each(
            "SELECT number, kind, destination, location, agent_id, agent_name, agent_ip, json FROM outbox"
            " WHERE output = ? ORDER BY number LIMIT ?",
            [&](const Row& row) { found->push_back(stored_event(row)); }, output,
            static_cast<std::int64_t>(count));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

void Outbox::remove(std::string_view output, std::int64_t number, std::uint64_t opening) {
    if (opening == database_.openings()) release_at_once(output);
    database_.run_surely(
        [number](StateFile& file) { file.run("DELETE FROM outbox WHERE number = ?", number); });
}

task<error> Outbox::load(std::vector<std::string_view> outputs) {
    auto unknown = std::make_shared<std::map<std::string, std::int64_t>>();
    Database::Work work = [unknown, outputs](StateFile& file) {
        file.each("SELECT output, count(*) FROM outbox GROUP BY output", [&](const Row& row) {
            if (std::find(outputs.begin(), outputs.end(), row.text(0)) == outputs.end())
                (*unknown)[row.text(0)] = row.number(1);
        });
        for (const auto& [output, count] : *unknown) file.run("DELETE FROM outbox WHERE output = ?", output);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    for (const auto& [output, count] : *unknown)
        log::warning("events waited for an output that is not configured any more; they are dropped",
                     {{"output", output}, {"events", count}});
    outputs_ = std::move(outputs);
    co_return co_await recount();
}

task<error> Outbox::recount() {
    auto counts = std::make_shared<std::map<std::string, std::int64_t>>();
    Database::Work work = [counts](StateFile& file) {
        file.each("SELECT output, count(*) FROM outbox GROUP BY output",
                  [&](const Row& row) { (*counts)[row.text(0)] = row.number(1); });
    };
    since_.clear();
    counting_ = true;
    const error failure = co_await database_.run(std::move(work));
    counting_ = false;
    if (failure) co_return failure;
    for (const std::string_view output : outputs_) {
        const long waiting = (*counts)[std::string(output)] + since_[output];
        waiting_[output] = static_cast<std::size_t>(std::max(waiting, 0L));
    }
    co_return error();
}

std::size_t Outbox::waiting(std::string_view output) const {
    const auto found = waiting_.find(output);
    return found == waiting_.end() ? 0 : found->second;
}

std::size_t Outbox::waiting() const {
    std::size_t sum = 0;
    for (const auto& [output, count] : waiting_) sum += count;
    return sum;
}

}  // namespace enrichd
