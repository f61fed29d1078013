#include "outputs/wazuh_queue/wazuh_queue.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
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

/// A new file may have an old inode's number. Its time of change says nothing: analysisd binds, then sets the
/// mode and the owner.
bool same_socket(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Of a message that was sent; its agent stands in the location.
Event event_of(std::string_view message, std::string_view kind) {
    std::size_t colon = queue.size();  // a colon of the location itself is escaped
    while (colon < message.size() && message[colon] != separator[0]) colon += message[colon] == '|' ? 2 : 1;
    Event event;
    event.location = message.substr(queue.size(), colon - queue.size());
    event.json = message.substr(std::min(colon + 1, message.size()));
    event.kind = kind;
    return event;
}

}  // namespace

result<void> WazuhQueue::try_now(const Event& event) {
    const std::size_t size = queue.size() + event.location.size() + separator.size() + event.json.size();
    if (size > max_datagram) return errc::output_too_long;
    const std::array parts{part(queue), part(event.location), part(separator), part(event.json)};
    const auto send_all = [&] {
        const error failure = send_again();
        return failure ? failure : write(parts.data(), parts.size());
    };
    const bool was_connected = static_cast<bool>(socket_);
    error failure = send_all();
    if (was_connected && connection_is_gone(failure)) failure = send_all();
    if (failure) return to_output_error(failure);
    lately_.forget_before(now_() - may_be_lost);  // the reader that took this one has read them
    lately_.note({queue, event.location, separator, event.json}, event.kind, now_());
    return {};
}

/// While a connected reader's queue is full, poll() does not say that it can be written to.
result<void> WazuhQueue::probe() {
    if (socket_ && !lately_.empty() && reader_is_gone())
        lost(boost::system::errc::make_error_code(boost::system::errc::connection_refused));
    error failure = connect();
    if (!failure) failure = send_again();
    if (failure) return to_output_error(failure);
    pollfd room{socket_.get(), POLLOUT, 0};
    if (::poll(&room, 1, 0) == 0) return errc::output_full;
    lately_.forget_before(now_() - may_be_lost);
    return {};
}

error WazuhQueue::connect() {
    if (socket_) return {};
    struct stat before {};
    struct stat reader {};
    ::stat(path_.c_str(), &before);
    auto connected = connect_datagram(path_);
    if (!connected) return connected.error();
    // One that came in between would be taken for another one later, and would get all again.
    if (::stat(path_.c_str(), &reader) != 0 || !same_socket(before, reader))
        return boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    socket_ = *std::move(connected);
    reader_ = reader;
    // So that a reader may pause a little longer before the queue counts as full; the kernel cuts it to
    // net.core.wmem_max.
    const int bytes = 1024 * 1024;
    (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return {};
}

/// A connected socket does not say so before the next event. What keeps us from looking says nothing of it.
bool WazuhQueue::reader_is_gone() const {
    struct stat reader {};
    if (::stat(path_.c_str(), &reader) != 0) return errno == ENOENT;
    if (!same_socket(reader, reader_)) return true;
    const auto there = connect_datagram(path_);
    return !there && connection_is_gone(there.error());
}

/// Those that the last reader took with it, to the next one. It may take them with it too.
error WazuhQueue::send_again() {
    for (; again_ > 0; --again_) {
        const std::string message(lately_.front());
        const iovec whole = part(message);
        if (const error failure = write(&whole, 1)) return failure;
        const std::string_view kind = lately_.front_kind();
        lately_.pop_front();
        lately_.note({message}, kind, now_());
    }
    return {};
}

error WazuhQueue::write(const iovec* parts, std::size_t count) {
    if (const error failure = connect()) return failure;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    if (::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
    const error failure = last_error();
    if (connection_is_gone(failure)) lost(failure);
    return failure;
}

std::vector<Event> WazuhQueue::take_back() {
    std::vector<Event> events;
    for (; again_ > 0; --again_) {
        events.push_back(event_of(lately_.front(), lately_.front_kind()));
        lately_.pop_front();
    }
    return events;
}

void WazuhQueue::lost(const error& failure) {
    socket_.reset();
    // One that only reads no more still has what it was sent.
    if (failure == boost::system::errc::broken_pipe) lately_.clear();
    again_ = lately_.size();
}

}  // namespace enrichd
