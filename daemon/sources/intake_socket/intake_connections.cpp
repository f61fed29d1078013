#include "sources/intake_socket/intake_connections.hpp"

#include <utility>

namespace enrichd {

IntakeConnections::IntakeConnections(asio::io_context& io, std::size_t limit)
    : limit_(limit), ended_(io, Clock::time_point::max()) {}

void IntakeConnections::make_room() {
    if (open_ >= limit_) silent_.front()->cut();
}

task<void> IntakeConnections::wait_for_room() {
    while (!has_room()) co_await ended_.async_wait(nothrow);
}

IntakeConnections::Slot::Slot(Slot&& other) noexcept
    : connections_(std::exchange(other.connections_, nullptr)) {}

void IntakeConnections::Slot::release() {
    if (!connections_) return;
    --connections_->open_;
    std::exchange(connections_, nullptr)->ended_.cancel();
}

IntakeConnections::Silent::Silent(IntakeConnections& connections, Slot& slot,
                                  asio::posix::stream_descriptor& descriptor)
    : connections_(connections),
      slot_(slot),
      descriptor_(descriptor),
      at_(connections.silent_.insert(connections.silent_.end(), this)) {}

IntakeConnections::Silent::~Silent() {
    if (!cut_) connections_.silent_.erase(at_);
}

void IntakeConnections::Silent::cut() {
    cut_ = true;
    connections_.silent_.erase(at_);
    slot_.release();
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
}

}  // namespace enrichd
