#include "sources/intake_socket/intake.hpp"

#include <sys/socket.h>

#include <memory>
#include <utility>

#include "base/clock.hpp"

namespace enrichd {
namespace {

/// Alerts that are answered at once could go on for ever: the rest of the daemon has its turn between.
constexpr int at_a_turn = 64;

/// As many as the kernel may have in its queue when the socket is closed.
constexpr int at_the_end = 10'000;

wire_status status_of(const error& reason) {
    if (reason == errc::peer_not_allowed) return WIRE_STATUS_NOT_ALLOWED;
    if (reason == errc::alert_not_json || reason == errc::alert_too_deep || reason == errc::alert_too_long)
        return WIRE_STATUS_NOT_AN_ALERT;
    if (reason == errc::own_event || reason == errc::name_missing || reason == errc::name_not_text ||
        reason == errc::other_command)
        return WIRE_STATUS_SAFE;  // a proper alert that asks for nothing
    return WIRE_STATUS_BAD_PACKET;
}

}  // namespace

Intake::Intake(asio::io_context& io, Tasks& work, Submit& submit, const IntakeOptions& options)
    : io_(io),
      work_(work),
      submit_(submit),
      options_(options),
      allow_(options.allow),
      connections_(io, options.connections),
      pending_(io) {
    configure(options);
}

void Intake::configure(const IntakeOptions& options) {
    options_ = options;
    connections_.set_limit(options.connections);
    allow_ = AllowList(options.allow);
    for (const std::string& name : allow_.unknown())
        log::warning("a name in intake.allow is no user or group of this machine", {{"name", name}});
}

task<void> Intake::listen(Fd socket) {
    asio::posix::stream_descriptor listener(io_, socket.release());
    open_ = &listener;
    for (;;) {
        auto [ec] = co_await listener.async_wait(asio::posix::stream_descriptor::wait_read, nothrow);
        if (ec || !listener.is_open()) break;
        if (!accept_some(listener.native_handle(), at_a_turn)) {
            const bool slept = co_await sleep_until(Clock::now() + std::chrono::milliseconds(100));
            if (!slept) break;
        }
        co_await connections_.wait_for_room();
    }
    if (open_ == &listener) open_ = nullptr;
}

void Intake::close() {
    if (!open_) return;
    accept_some(open_->native_handle(), at_the_end);
    boost::system::error_code ignored;
    open_->close(ignored);
    open_ = nullptr;
}

/// Takes what waits, so many of them and up to the bound. False when the system has no descriptor left: then
/// a pause is due.
bool Intake::accept_some(int socket, int most) {
    for (; most > 0 && connections_.has_room(); --most) {
        Fd connection(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection) {
            if (errno == EAGAIN) return true;
            if (errno == EINTR || errno == ECONNABORTED) continue;
            const error failure = last_error();
            counts_.rejected.add("accept_failed");
            if (accept_failures_.allows(Clock::now()))
                log::error("the intake cannot accept a connection; senders wait or spool",
                           {{"detail", failure.message()}, {"kept_back", accept_failures_.kept_back()}});
            return false;
        }
        connections_.make_room();
        work_.run_now("intake", [&] { begin(std::move(connection)); });
    }
    return true;
}

/// The packet is most often there already: the sender connects and sends at once.
void Intake::begin(Fd socket) {
    Slot slot(connections_);
    const auto packet = receive_packet(socket.get());
    const auto peer = peer_of(socket.get());
    if (!peer || !allow_.allows(*peer)) {  // whatever it has sent, or not yet
        refuse(socket.get(), errc::peer_not_allowed, packet ? packet->path : std::string_view());
        return;
    }
    if (!packet && packet.error() == boost::system::errc::operation_would_block)
        work_.spawn("intake", wait_for_packet(std::move(socket), std::move(slot)));
    else
        take(std::move(socket), std::move(slot), packet);
}

task<void> Intake::wait_for_packet(Fd socket, Slot slot) {
    // Shared with the timer: its handler may be on its way already when the packet comes, and then outlives
    // this call.
    auto descriptor = std::make_shared<asio::posix::stream_descriptor>(io_, socket.release());
    IntakeConnections::Silent silent(connections_, slot, *descriptor);
    Timer limit(io_, options_.silence);
    limit.async_wait([descriptor](const boost::system::error_code& ec) {
        boost::system::error_code released;
        if (!ec) descriptor->cancel(released);
    });
    co_await descriptor->async_wait(asio::posix::stream_descriptor::wait_read, nothrow);
    limit.cancel();
    socket = Fd(descriptor->release());
    auto packet = receive_packet(socket.get());
    if (!packet && packet.error() == boost::system::errc::operation_would_block) packet = errc::peer_silent;
    take(std::move(socket), std::move(slot), packet);
}

void Intake::take(Fd socket, Slot slot, const result<Packet>& packet) {
    if (!packet) {
        refuse(socket.get(), packet.error(), {});
        return;
    }
    IntakeSender sender(std::move(socket), std::move(slot), counts_.busy);
    const Destination destination =
        packet->active_response ? Destination::active_response : Destination::siem;
    auto taken = submit_.take(packet->alert, destination, counts_);
    if (!taken) {
        report_refusal(sender.socket(), taken.error(), packet->path);
        sender.answer(status_of(taken.error()));
        return;
    }
    switch (taken->outcome) {
        case Submit::Outcome::safe:
        case Submit::Outcome::seen:
            sender.answer(WIRE_STATUS_SAFE);
            break;
        case Submit::Outcome::in_work:
            sender.answer(WIRE_STATUS_BUSY);
            break;
        case Submit::Outcome::waits:
            submit_.go_on(std::move(taken->job), pending_.add(std::move(sender), options_.patience));
            break;
    }
}

void Intake::refuse(int socket, const error& reason, std::string_view path) {
    counts_.rejected.add(label(reason));
    report_refusal(socket, reason, path);
    send_reply(socket, status_of(reason));
}

void Intake::report_refusal(int socket, const error& reason, std::string_view path) {
    if (asks_for_nothing(reason) || reason == errc::peer_gone || !refusals_.allows(Clock::now())) return;
    const auto peer = peer_of(socket);
    log::warning("refused at the intake", {{"reason", label(reason)},
                                           {"detail", reason.message()},
                                           {"path", path},
                                           {"peer_uid", peer ? peer->user : uid_t(-1)},
                                           {"peer_pid", peer ? peer->process : pid_t(-1)},
                                           {"kept_back", refusals_.kept_back()}});
}

}  // namespace enrichd
