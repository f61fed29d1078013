// Which agents have asked for a domain, first and last. What changes is part of the transaction in which the
// alert becomes durable, so that a crash neither loses nor doubles an agent.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/agent_set.hpp"
#include "store/database.hpp"
#include "store/hashed_rows.hpp"

namespace enrichd {

/// What is said of an alert's domain and agent.
struct AgentContact {
    std::uint32_t agents = 0;     // that have asked for the domain, this one too
    bool first_on_agent = false;  // this one had not asked before
    bool operator==(const AgentContact&) const = default;
};

/// One number for the journal.
std::int64_t packed(const AgentContact& contact);
AgentContact unpacked_contact(std::int64_t number);

/// An agent that asks for a domain for the first time, as far as memory knows: to be written down.
struct NewAgentContact {
    std::int64_t domain = 0;  // its hash
    AgentNumber agent = 0;
    std::string agent_id;
    std::string key;  // of the hash
    WallTime now;

    /// Written by note(), read by the loop when that is committed.
    struct Found {
        AgentContact contact;
        WallTime first;
        AgentSet agents;
        bool new_domain = false;
    };
    std::shared_ptr<Found> found = std::make_shared<Found>();
};

/// What is known of a domain.
struct DomainSeen {
    WallTime first;
    WallTime last;  // to the hour
    std::uint32_t agents = 0;
    std::vector<std::string> agent_ids;  // none when there are more than AgentSet::exact
};

class Prevalence {
  public:
    /// Agents with a number of their own; all others share the last.
    static constexpr std::size_t most_agents = 65'535;
    /// Domains in memory, the ones that were asked for last.
    static constexpr std::size_t in_memory = 500'000;

    /// `most` domains; 0: none. Beyond that some of those go that were not asked for long.
    Prevalence(Database& database, std::size_t most) : database_(database), most_(most) {}

    void configure(std::size_t most) { most_ = most; }

    /// At the start: from here on it is in use.
    task<error> load();
    bool in_use() const { return loaded_ && most_ > 0; }

    /// From memory; nothing when the agent may be new for the domain. Records the time of this query.
    std::optional<AgentContact> known(std::string_view domain, std::string_view agent, WallTime now);

    /// For what known() does not know.
    NewAgentContact new_contact(std::string_view domain, std::string_view agent, WallTime now);

    /// Part of a transaction.
    static void note(StateFile& file, const NewAgentContact& contact);

    /// It is committed.
    void noted(const NewAgentContact& contact);

    /// From the state file.
    task<result<std::optional<DomainSeen>>> find(std::string domain);

    /// Reads into memory what an earlier run has left, then writes down when domains were last asked for,
    /// every second until it is cancelled. A crash loses at most what came since.
    task<void> keep_written();
    void write_all_changes();

    /// Removes some of what is too much. True when there may be more of it.
    task<bool> prune();

    /// What names are kept as, and the key as the state file has it.
    const hashed_rows::KeyedHash& hash() const { return hash_; }
    const std::string& key() const { return key_text_; }

    /// Nothing while the agent has none.
    std::optional<AgentNumber> find_number(std::string_view agent) const;

    std::size_t domains() const { return domains_; }
    std::size_t agents() const { return numbers_.size(); }

  private:
    struct Record {
        std::uint32_t last_hour = 0;
        AgentSet agents;
    };
    using Records = boost::unordered_flat_map<std::uint64_t, Record>;
    /// Finds by a text without a copy of it.
    struct OfText {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    AgentNumber number_of(std::string_view agent);
    Record* find_record(std::uint64_t domain);
    void put(std::uint64_t domain, const Record& record);
    task<void> read_records();
    void write_changes(std::size_t most_of_them);

    Database& database_;
    std::size_t most_;
    bool loaded_ = false;
    std::uint64_t opening_ = 0;
    std::string key_text_;  // as the file has it
    hashed_rows::KeyedHash hash_;
    std::size_t domains_ = 0;
    boost::unordered_flat_map<std::string, AgentNumber, OfText, std::equal_to<>> numbers_;
    std::size_t next_number_ = 1;  // above all that were written; some that were given out may never be
    Records recent_;               // at most half of in_memory; then it takes the place of the other
    Records older_;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> asked_since_;  // last hours to be written
    std::uint64_t pruned_at_ = 0;
};

}  // namespace enrichd
