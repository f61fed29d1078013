#include "store/prevalence.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <system_error>
#include <utility>

#include "base/random.hpp"
#include "net/tasks.hpp"
#include "store/hashed_rows.hpp"

namespace enrichd {

using namespace hashed_rows;

namespace {

constexpr std::chrono::seconds written_every(1);
constexpr std::chrono::milliseconds between_pieces(20);
constexpr std::size_t most_written_at_once = 200;  // within a millisecond or two
constexpr std::size_t most_unwritten =
    10'000;  // also at the stop; what is more is written when it is asked for again
constexpr std::int64_t most_read_at_once = 1'000;

std::string key_text(const std::array<std::uint64_t, 2>& key) {
    return std::to_string(key[0]) + " " + std::to_string(key[1]);
}

/// A damaged text gives a key too, and the same one each time.
std::array<std::uint64_t, 2> key_of(const std::string& text) {
    std::array<std::uint64_t, 2> key{};
    const char* const end = text.data() + text.size();
    const auto [space, ec] = std::from_chars(text.data(), end, key[0]);
    if (ec == std::errc() && space != end) std::from_chars(space + 1, end, key[1]);
    return key;
}

}  // namespace

std::int64_t packed(const AgentContact& contact) {
    return std::int64_t{contact.agents} * 2 + (contact.first_on_agent ? 1 : 0);
}

AgentContact unpacked_contact(std::int64_t number) {
    return {static_cast<std::uint32_t>(std::clamp<std::int64_t>(number / 2, 0, UINT32_MAX)), number % 2 != 0};
}

task<error> Prevalence::load() {
    struct Loaded {
        std::string key;
        std::size_t domains = 0;
        std::vector<std::pair<std::string, AgentNumber>> agents;
    };
    auto loaded = std::make_shared<Loaded>();
    const std::array<std::uint64_t, 2> new_key{random_seed(), random_seed()};
    Database::Work work = [loaded, text = key_text(new_key)](StateFile& file) {
        *loaded = {};
        file.run("INSERT OR IGNORE INTO facts (name, value) VALUES (?, ?)", key_fact, text);
        loaded->key = key_in(file);
        file.each("SELECT count(*) FROM seen",
                  [&](const Row& row) { loaded->domains = static_cast<std::size_t>(row.number(0)); });
        file.each("SELECT id, number FROM agents", [&](const Row& row) {
            loaded->agents.emplace_back(row.text(0), static_cast<AgentNumber>(row.number(1)));
        });
    };
    const std::uint64_t opening = database_.openings();
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    opening_ = std::max<std::uint64_t>(opening, 1);
    domains_ = loaded->domains;
    if (!loaded_ || key_text_ != loaded->key) {  // else it is the file that memory is of
        key_text_ = loaded->key;
        hash_.key = key_of(key_text_);
        numbers_.clear();
        next_number_ = 1;
        recent_.clear();
        older_.clear();
        asked_since_.clear();
    }
    for (auto& [id, number] : loaded->agents) {
        next_number_ = std::max<std::size_t>(next_number_, number + std::size_t{1});
        numbers_.insert_or_assign(std::move(id), number);
    }
    loaded_ = true;
    co_return error();
}

/// When all numbers are given out, those that have none share the last.
std::optional<AgentNumber> Prevalence::find_number(std::string_view agent) const {
    const auto known = numbers_.find(agent);
    if (known != numbers_.end()) return known->second;
    if (next_number_ < most_agents) return std::nullopt;
    return static_cast<AgentNumber>(most_agents);
}

AgentNumber Prevalence::number_of(std::string_view agent) {
    if (const auto known = find_number(agent)) return *known;
    const auto number = static_cast<AgentNumber>(next_number_++);
    numbers_.emplace(agent, number);
    return number;
}

Prevalence::Record* Prevalence::find_record(std::uint64_t domain) {
    const auto found = recent_.find(domain);
    if (found != recent_.end()) return &found->second;
    const auto older = older_.find(domain);
    if (older == older_.end()) return nullptr;
    const Record record = older->second;
    older_.erase(older);
    put(domain, record);
    return &recent_.find(domain)->second;
}

void Prevalence::put(std::uint64_t domain, const Record& record) {
    if (recent_.size() >= in_memory / 2) {
        older_ = std::move(recent_);
        recent_ = Records();
        recent_.reserve(in_memory / 2);  // else it would grow at once while alerts wait
    }
    recent_.insert_or_assign(domain, record);
}

std::optional<AgentContact> Prevalence::known(std::string_view domain, std::string_view agent, WallTime now) {
    const std::uint64_t key = hash_(domain);
    Record* const record = find_record(key);
    const auto number = find_number(agent);
    if (!record || !number || record->agents.would_change(*number)) return std::nullopt;
    if (const std::uint32_t now_hour = hour(now); now_hour > record->last_hour) {
        if (asked_since_.size() >= most_unwritten) return AgentContact{record->agents.size(), false};
        record->last_hour = now_hour;
        asked_since_.insert_or_assign(key, now_hour);
    }
    return AgentContact{record->agents.size(), false};
}

NewAgentContact Prevalence::new_contact(std::string_view domain, std::string_view agent, WallTime now) {
    return {static_cast<std::int64_t>(hash_(domain)), number_of(agent), std::string(agent), key_text_, now};
}

void Prevalence::note(StateFile& file, const NewAgentContact& contact) {
    NewAgentContact::Found& found = *contact.found;
    found = {};
    if (key_in(file) != contact.key) return;  // another file, which is not known yet
    file.run("INSERT OR IGNORE INTO agents (number, id) VALUES (?, ?)", std::int64_t{contact.agent},
             contact.agent_id);
    found.new_domain = true;
    std::int64_t last = 0;
    file.each(
        "SELECT first, last, agents FROM seen WHERE domain = ?",
        [&](const Row& row) {
            found.new_domain = false;
            found.first = row.time(0);
            last = row.number(1);
            found.agents = AgentSet::parse(row.bytes(2));
        },
        contact.domain);
    const bool was_exact = found.agents.is_exact();
    const bool changed = found.agents.add(contact.agent);
    found.contact = {found.agents.size(), changed && was_exact};
    const std::int64_t now = hour(contact.now);
    if (found.new_domain) {
        found.first = contact.now;
        file.run("INSERT INTO seen (domain, first, last, agents) VALUES (?, ?, ?, ?)", contact.domain,
                 contact.now.time_since_epoch().count(), now, found.agents.bytes());
    } else if (changed || now > last) {
        file.run("UPDATE seen SET last = ?, agents = ? WHERE domain = ?", std::max(now, last),
                 found.agents.bytes(), contact.domain);
    }
}

void Prevalence::noted(const NewAgentContact& contact) {
    if (contact.found->agents.size() == 0) return;
    if (contact.found->new_domain) ++domains_;
    put(static_cast<std::uint64_t>(contact.domain), {hour(contact.now), contact.found->agents});
}

task<result<std::optional<DomainSeen>>> Prevalence::find(std::string domain) {
    auto found = std::make_shared<std::optional<DomainSeen>>();
    Database::Work work = [found, key = static_cast<std::int64_t>(hash_(domain))](StateFile& file) {
        found->reset();
        AgentSet agents;
        file.each(
            "SELECT first, last, agents FROM seen WHERE domain = ?",
            [&](const Row& row) {
                agents = AgentSet::parse(row.bytes(2));
                *found = DomainSeen{row.time(0), time_of(hours_at(row, 1)), agents.size(), {}};
            },
            key);
        for (std::size_t i = 0; *found && i < agents.count(); ++i)
            file.each(
                "SELECT id FROM agents WHERE number = ?",
                [&](const Row& row) { (*found)->agent_ids.push_back(row.text(0)); },
                std::int64_t{agents.agent(i)});
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

void Prevalence::write_changes(std::size_t most_of_them) {
    auto changes = std::make_shared<std::vector<std::pair<std::int64_t, std::int64_t>>>();
    auto next = asked_since_.begin();
    while (changes->size() < most_of_them && next != asked_since_.end()) {
        changes->emplace_back(static_cast<std::int64_t>(next->first), next->second);
        asked_since_.erase(next++);
    }
    if (changes->empty()) return;
    database_.run_surely([changes](StateFile& file) {
        for (const auto& [domain, last] : *changes)
            file.run("UPDATE seen SET last = max(last, ?) WHERE domain = ?", last, domain);
    });
}

void Prevalence::write_all_changes() {
    write_changes(asked_since_.size());
}

/// So that an agent which is known needs no disk after a restart either.
task<void> Prevalence::read_records() {
    using Piece = std::vector<std::pair<std::int64_t, Record>>;
    std::int64_t after = std::numeric_limits<std::int64_t>::min();
    for (bool more = loaded_; more;) {
        auto piece = std::make_shared<Piece>();
        Database::Work work = [piece, after](StateFile& file) {
            piece->clear();
            file.each(
                "SELECT domain, last, agents FROM seen WHERE domain > ? ORDER BY domain LIMIT ?",
                [&](const Row& row) {
                    piece->emplace_back(row.number(0),
                                        Record{hours_at(row, 1), AgentSet::parse(row.bytes(2))});
                },
                after, most_read_at_once);
        };
        const error failure = co_await database_.run(std::move(work));
        if (failure) co_return;
        for (const auto& [domain, record] : *piece) {
            const auto key = static_cast<std::uint64_t>(domain);
            if (!recent_.contains(key)) older_.try_emplace(key, record);
        }
        more = piece->size() == std::size_t{most_read_at_once} && older_.size() < in_memory / 2;
        if (more) after = piece->back().first;
    }
}

task<void> Prevalence::keep_written() {
    co_await read_records();
    for (bool awake = true; awake;) {
        if (database_.openings() != opening_) co_await load();
        const bool can = !database_.trouble() && database_.waiting() < most_written_at_once;
        if (can) write_changes(most_written_at_once);
        const bool more = can && !asked_since_.empty();
        Clock::duration pause = written_every;
        if (more) pause = between_pieces;
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

task<bool> Prevalence::prune() {
    if (!loaded_ || domains_ <= most_) co_return false;
    auto removed = std::make_shared<std::vector<std::int64_t>>();
    pruned_at_ = next_place(pruned_at_);
    const std::size_t excess = domains_ - most_;
    Database::Work work = [removed, excess, at = pruned_at_](StateFile& file) {
        static constexpr hashed_rows::Table seen{
            "SELECT domain, last FROM seen WHERE domain >= ? ORDER BY domain LIMIT ?",
            "SELECT domain, last FROM seen ORDER BY domain LIMIT ?", "DELETE FROM seen WHERE domain = ?"};
        *removed = remove_some(file, seen, at, excess);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return false;
    for (const std::int64_t domain : *removed) {
        recent_.erase(static_cast<std::uint64_t>(domain));
        older_.erase(static_cast<std::uint64_t>(domain));
    }
    domains_ -= std::min(domains_, removed->size());
    const bool more = !removed->empty() && domains_ > most_;
    co_return more;
}

}  // namespace enrichd
