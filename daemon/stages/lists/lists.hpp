// All lists, and what they say of a name.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/tasks.hpp"
#include "pipeline/known_names.hpp"
#include "pipeline/name_marks.hpp"
#include "stages/lists/list_keeper.hpp"

namespace enrichd {

class Lists final : public NameMarker, public KnownNames {
  public:
    static constexpr std::size_t loads_at_a_time = 2;

    /// `directory`: of the last good copies; empty: none are kept.
    Lists(asio::io_context& io, Lookup& lookup, std::string directory)
        : io_(io), lookup_(lookup), directory_(std::move(directory)) {}

    /// At the start and at each reload. Before start() nothing is loaded.
    void configure(const ListsConfig& config);

    /// Loads what is there without the network; within ten seconds, or without the lists that take longer,
    /// which come later. `tasks` outlives this.
    task<void> restore(Tasks& tasks);

    /// From then on each is kept current. `tasks` outlives this.
    void start(Tasks& tasks);

    /// The same for a verb, which blocks: files, and of lists from URLs the last good copies.
    void load_blocking();

    void mark(const HostName& name, NameMarks& marks) const override;
    std::string known_by(std::string_view domain) const override;
    std::size_t known_names() const override;

    /// The lists that have the name, exceptions considered; for the verbs.
    struct Found {
        const ListKeeper* list;
        NameIndex::Match match;
    };
    std::vector<Found> find(const HostName& name) const;

    /// Loads one again, or all when `name` is empty. The number of them.
    std::size_t load_now(std::string_view name);

    const std::vector<std::shared_ptr<ListKeeper>>& all() const { return keepers_; }

  private:
    std::shared_ptr<ListKeeper> keeper_for(const ListConfig& config);
    void forget_copies(bool with_unfinished) const;

    asio::io_context& io_;
    Lookup& lookup_;
    std::shared_ptr<Semaphore> loads_ = std::make_shared<Semaphore>(io_, loads_at_a_time);
    std::string directory_;
    std::vector<std::shared_ptr<ListKeeper>> keepers_;  // in the order of the configuration
    Tasks* tasks_ = nullptr;
};

}  // namespace enrichd
