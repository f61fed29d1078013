// Which names were asked for, and below which names, by which agents, first and last: so that a list that
// gets a name later can be compared with what was asked for before. Written behind the alerts: a crash loses
// what came in the last second or two.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/agent_set.hpp"
#include "store/database.hpp"
#include "store/prevalence.hpp"

namespace enrichd {

class AskedNames {
  public:
    /// Names in memory, the ones that were asked for last.
    static constexpr std::size_t in_memory = 200'000;
    /// Names that were asked for and are not written yet; what is more is not noted.
    static constexpr std::size_t most_unwritten = 20'000;
    /// Names above a name that are noted with it: its registrable domain, and the next ones below that.
    static constexpr std::size_t most_above = 5;

    /// `prevalence` has the key and the numbers of agents, and outlives this. At most `most` names; 0: none.
    AskedNames(Database& database, const Prevalence& prevalence, std::size_t most)
        : database_(database), prevalence_(prevalence), most_(most) {}

    void configure(std::size_t most) { most_ = most; }

    /// An agent has asked for a name under a registrable domain, which is the end of it. False when the agent
    /// has no number yet (see prevalence): then nothing is noted.
    bool note(std::string_view name, std::string_view domain, std::string_view agent, WallTime now);

    /// By which a name is found, and what lies below a name. Another state file has another.
    const hashed_rows::KeyedHash& hash() const { return prevalence_.hash(); }
    /// The state file was read.
    bool in_use() const { return most_ > 0 && prevalence_.in_use(); }

    struct Asked {
        std::uint64_t hash = 0;
        WallTime first;
        WallTime last;  // to the hour
        std::uint32_t agents = 0;
        std::vector<std::string> agent_ids;  // none when there are more than AgentSet::exact
    };

    /// Those of some hashes that were asked for at a time or later, from the state file. `hashes` are sorted,
    /// few enough to be looked up within ten milliseconds. Errors: those of the state file.
    task<result<std::vector<Asked>>> find(std::vector<std::uint64_t> hashes, WallTime since);

    /// Writes down what came, every second until it is cancelled.
    task<void> keep_written();
    void write_all_changes();

    /// Removes some of what is too much. True when there may be more of it.
    task<bool> prune();

    std::uint64_t not_noted() const { return not_noted_; }

  private:
    struct Record {
        std::uint32_t last_hour = 0;
        AgentSet agents;  // since it came into memory
    };
    struct Change {
        WallTime first;
        std::uint32_t last_hour = 0;
        AgentSet agents;
    };
    using Records = boost::unordered_flat_map<std::uint64_t, Record>;

    bool note_one(std::uint64_t hash, AgentNumber agent, WallTime now);
    Record& record_of(std::uint64_t hash);
    void write_changes(std::size_t most_of_them);

    Database& database_;
    const Prevalence& prevalence_;
    std::size_t most_;
    std::string key_;  // of what is in memory
    Records recent_;   // at most half of in_memory; then it takes the place of the other
    Records older_;
    boost::unordered_flat_map<std::uint64_t, Change> changed_;
    std::uint64_t not_noted_ = 0;
    std::uint64_t pruned_at_ = 0;
};

}  // namespace enrichd
