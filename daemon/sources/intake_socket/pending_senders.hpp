// The senders whose alerts were not finished at once. While a disk hangs, or is slow, they are answered
// before their alerts are safe: senders wait 250 ms and then leave, and their connections are needed.
#pragma once

#include <boost/asio/io_context.hpp>

#include <list>
#include <memory>

#include "base/clock.hpp"
#include "pipeline/ack.hpp"
#include "sources/intake_socket/intake_sender.hpp"

namespace enrichd {

class PendingSenders {
  public:
    /// It outlives its receivers.
    explicit PendingSenders(asio::io_context& io) : first_due_(io) {}

    /// The receiver of the sender's alert. After `patience` the answer is "busy", and the sender spools the
    /// alert. The copy is known by its content when this one is safe.
    std::unique_ptr<Receiver> add(IntakeSender sender, Clock::duration patience);

  private:
    class Pending;

    void wait_for_first();
    void answer_those_due();

    std::list<Pending*> pending_;  // oldest first
    Timer first_due_;              // when the first of them has waited long enough
};

}  // namespace enrichd
