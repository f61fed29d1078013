// All outputs together: each gets every event that it takes, in order, however long it is away.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/log.hpp"
#include "net/tasks.hpp"
#include "outputs/output.hpp"
#include "pipeline/sink.hpp"
#include "store/outbox.hpp"

namespace enrichd {

/// One output. What it does not take now goes through the outbox, and then so does everything that comes
/// after, until the outbox is empty.
class Lane {
  public:
    Lane(asio::io_context& io, Outbox& outbox, std::unique_ptr<Output> output)
        : outbox_(outbox), output_(std::move(output)), wake_(io) {}

    bool takes(const Event& event) const { return output_->takes(event); }
    bool immediate() const { return output_->immediate(); }

    /// Writes, unless others wait before it. False when the output does not take the event now.
    bool write_now(const Event& event);

    /// Sends what the outbox holds, oldest first, and waits for more, until it is cancelled.
    task<void> drain();

    /// There may be something to drain.
    void wake() { wake_.cancel(); }

    /// Finds out whether the output works, without an event. What it may have lost goes into the outbox.
    void probe();

    /// It has to be probed: it fails, or may have lost what it took.
    bool restless() const { return trouble_ || output_->restless(); }

    std::string_view name() const { return output_->name(); }
    std::string_view advice() const { return output_->advice(); }
    std::string address() const { return output_->address(); }
    const std::optional<error>& trouble() const { return trouble_; }
    std::size_t waiting() const { return outbox_.waiting(name()); }
    const Counters& sent() const { return sent_; }      // by kind of event
    const Counters& errors() const { return errors_; }  // by reason

  private:
    bool try_now(const Event& event);
    bool failed(const Event& event, const error& why);
    void works();
    void fails(const error& why);
    task<bool> send(std::vector<StoredEvent> events, std::uint64_t opening);
    task<bool> something_waits();

    Outbox& outbox_;
    std::unique_ptr<Output> output_;
    Timer wake_;            // cancelled when there is something to drain
    bool watched_ = false;  // it is probed soon
    std::optional<error> trouble_;
    log::Limit complaints_;
    Counters sent_;
    Counters errors_;
};

class Outputs final : public Sink {
  public:
    Outputs(asio::io_context& io, Outbox& outbox) : io_(io), outbox_(outbox) {}

    void add(std::unique_ptr<Output> output) {
        order_.push_back(&lanes_.emplace_back(io_, outbox_, std::move(output)));
    }

    std::vector<Undelivered> deliver(Event event) override;
    std::size_t copies(const Event& event) const override;
    bool deliver_or_refuse(const Event& event) override;

    std::list<Lane>& lanes() { return lanes_; }
    const std::list<Lane>& lanes() const { return lanes_; }

  private:
    asio::io_context& io_;
    Outbox& outbox_;
    std::list<Lane> lanes_;     // never moved: their drains refer to them
    std::vector<Lane*> order_;  // in which they are tried while nothing can be kept
};

}  // namespace enrichd
