// All outputs together: each gets every event, in order, however long it is away.
#pragma once

#include <boost/asio/io_context.hpp>

#include <list>
#include <memory>
#include <optional>

#include "base/log.hpp"
#include "base/tally.hpp"
#include "enrich/sink.hpp"
#include "net/tasks.hpp"
#include "net/turns.hpp"
#include "output/output.hpp"

namespace enrichd {

/// One output and its queue. Events that must wait stand in line; the first tries again and again.
class Lane {
  public:
    Lane(asio::io_context& io, std::unique_ptr<Output> output) : output_(std::move(output)), turn_(io, 1) {}

    bool takes(const Event& event) const { return output_->takes(event); }

    /// Writes if nobody stands in line and the output takes it now.
    bool write_now(const Event& event);

    /// Stands in line and tries until it is written. False when cancelled.
    task<bool> write(const Event& event);

    std::string_view name() const { return output_->name(); }
    const std::optional<error>& trouble() const { return trouble_; }
    std::size_t waiting() const { return turn_.waiting() + turn_.in_use(); }
    const Tally& sent() const { return sent_; }      // by kind of event
    const Tally& errors() const { return errors_; }  // by reason

  private:
    bool settled(const Event& event);

    std::unique_ptr<Output> output_;
    Turns turn_;
    std::optional<error> trouble_;
    log::Limit complaints_;
    Tally sent_;
    Tally errors_;
};

class Outputs final : public Sink {
  public:
    explicit Outputs(asio::io_context& io) : io_(io) {}

    void add(std::unique_ptr<Output> output) { lanes_.emplace_back(io_, std::move(output)); }

    task<bool> deliver(Event event, BeforeWaiting before_waiting) override;

    const std::list<Lane>& lanes() const { return lanes_; }

  private:
    asio::io_context& io_;
    std::list<Lane> lanes_;  // never moved: waiting events refer to theirs
};

}  // namespace enrichd
