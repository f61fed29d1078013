// Names that a list has got, and that were asked for before it had them: reported once, with the agents that
// asked.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/blocking_calls.hpp"
#include "base/counters.hpp"
#include "base/log.hpp"
#include "pipeline/pipeline.hpp"
#include "stages/lists/listed_hashes.hpp"
#include "stages/lists/lists.hpp"
#include "store/state.hpp"

namespace enrichd {

class RetroMatch {
  public:
    /// Events that one list gives for what it has got; what is more is counted and in the log.
    static constexpr std::size_t most_events = 100;

    /// `directory`: of the files of listed_hashes. All outlive this.
    RetroMatch(asio::io_context& io, Lists& lists, Pipeline& pipeline, State& state, std::string directory)
        : blocking_(io),
          lists_(lists),
          pipeline_(pipeline),
          state_(state),
          directory_(std::move(directory)) {}

    /// Compares each list that has changed since the last time.
    task<void> compare_all();
    /// The same every two seconds, until it is cancelled.
    task<void> keep();

    /// For the report: names of a list that were asked for before; those of all lists that gave no event, by
    /// why.
    std::uint64_t found(std::string_view list) const {
        const auto count = found_.find(list);
        return count == found_.end() ? 0 : count->second;
    }
    const Counters& left_out() const { return left_out_; }

  private:
    using Read = std::shared_ptr<const ReadList>;
    struct Match {
        std::string name;
        bool below;
        AskedNames::Asked asked;
        void add(AskedNames::Asked other, bool others_are_below);
    };
    struct Compared {
        std::weak_ptr<const ReadList> read;
        listed_hashes::Hashes unwritten;
    };

    std::string file_of(const std::string& list) const { return directory_ + "/" + list; }
    bool is_due(const ListKeeper& keeper) const;
    bool is_configured(const ListKeeper& keeper) const;
    task<void> forget_files();
    task<error> compare(std::shared_ptr<ListKeeper> keeper);
    task<error> write(std::string name);
    task<result<std::vector<Match>>> matches(const listed_hashes::Gained& gained, WallTime since,
                                             WallTime in_use_since);
    void report(const ListKeeper& keeper, std::vector<Match> matches);
    static std::string looked_up_as(const Match& match);
    bool had_events(const ListKeeper& keeper, const HostName& name, const Match& match) const;
    bool came_afterwards(const ListKeeper& keeper, const HostName& name, const Match& match) const;

    BlockingCalls blocking_;
    Lists& lists_;
    Pipeline& pipeline_;
    State& state_;
    std::string directory_;
    std::map<std::string, Compared, std::less<>> compared_;  // by list
    std::map<std::string, std::uint64_t, std::less<>> found_;
    Counters left_out_;
    log::Limit complaints_;
};

}  // namespace enrichd
