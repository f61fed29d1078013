#include "sources/intake_socket/intake_sender.hpp"

#include <utility>

#include "sources/intake_socket/packet.hpp"

namespace enrichd {

IntakeSender::IntakeSender(Fd socket, IntakeConnections::Slot slot, std::uint64_t& busy)
    : socket_(std::move(socket)), slot_(std::move(slot)), busy_(busy) {}

void IntakeSender::answer(wire_status status) {
    if (!socket_) return;
    if (status == WIRE_STATUS_BUSY) ++busy_;
    send_reply(socket_.get(), status);
    socket_.reset();
    slot_.release();
}

}  // namespace enrichd
