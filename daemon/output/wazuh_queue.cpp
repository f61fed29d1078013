#include "output/wazuh_queue.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "net/unix_socket.hpp"

namespace enrichd {
namespace {

constexpr std::string_view queue = "1:";
constexpr std::string_view separator = ":";

iovec part(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
}

/// In these states the same send may work on a new connection.
bool connection_is_gone(const error& failure) {
    return failure == boost::system::errc::connection_refused ||
           failure == boost::system::errc::not_connected ||
           failure == boost::system::errc::connection_reset || failure == boost::system::errc::broken_pipe ||
           failure == boost::system::errc::bad_file_descriptor;
}

error to_output_error(const error& failure) {
    if (!failure) return {};
    if (failure == boost::system::errc::operation_would_block ||
        failure == boost::system::errc::no_buffer_space)
        return errc::output_full;
    if (failure == boost::system::errc::no_such_file_or_directory || connection_is_gone(failure))
        return errc::output_absent;
    if (failure == boost::system::errc::message_size) return errc::output_too_long;
    return errc::output_failed;
}

}  // namespace

result<void> WazuhQueue::write(const Event& event) {
    const std::size_t size = queue.size() + event.location.size() + separator.size() + event.json.size();
    if (size > max_datagram) return errc::output_too_long;
    const bool was_connected = static_cast<bool>(socket_);
    error failure = send(event);
    if (was_connected && connection_is_gone(failure)) failure = send(event);
    if (failure) return to_output_error(failure);
    return {};
}

/// While a connected reader's queue is full, poll() does not say that it can be written to.
result<void> WazuhQueue::probe() {
    if (const error failure = connect()) return to_output_error(failure);
    pollfd room{socket_.get(), POLLOUT, 0};
    if (::poll(&room, 1, 0) == 0) return errc::output_full;
    return {};
}

error WazuhQueue::connect() {
    if (socket_) return {};
    auto connected = connect_datagram(path_);
    if (!connected) return connected.error();
    socket_ = *std::move(connected);
    // So that a reader may pause a little longer before the queue counts as full; the kernel cuts it to
    // net.core.wmem_max.
    const int bytes = 1024 * 1024;
    (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return {};
}

error WazuhQueue::send(const Event& event) {
    if (const error failure = connect()) return failure;
    std::array parts{part(queue), part(event.location), part(separator), part(event.json)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
    const error failure = last_error();
    if (connection_is_gone(failure)) socket_.reset();
    return failure;
}

}  // namespace enrichd
