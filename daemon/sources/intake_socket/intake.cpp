#include "sources/intake_socket/intake.hpp"

#include <sys/socket.h>
#include "base/clock.hpp"

#include <array>
#include <memory>
#include <utility>

namespace enrichd {
namespace {

/// Alerts that are answered at once could go on for ever: the rest of the daemon has its turn between.
constexpr int at_a_turn = 64;

/// As many as the kernel may have in line when the socket is closed.
constexpr int at_the_end = 10'000;

void reply(int socket, wire_status status) {
    std::array<unsigned char, WIRE_REPLY_SIZE> packet{};
    wire_pack_reply(packet.data(), status);
    // A peer that has left does not need it, and its spool has the alert.
    (void)::send(socket, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

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

/// One of the connections that may be open at once.
class Intake::Slot {
  public:
    explicit Slot(Intake& intake) : intake_(&intake) { ++intake.connections_; }
    Slot(Slot&& other) noexcept : intake_(std::exchange(other.intake_, nullptr)) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Slot& operator=(Slot&&) = delete;
    ~Slot() { release(); }
    void release() {
        if (!intake_) return;
        --intake_->connections_;
        std::exchange(intake_, nullptr)->room_.cancel();
    }

  private:
    Intake* intake_;
};

/// A connection whose packet has not come. When there is no place for another, the one that has been silent
/// for longest is cut: a shim sends at once, so whoever holds places without a word takes them from nobody.
class Intake::Silent {
  public:
    Silent(Intake& intake, Slot& slot, asio::posix::stream_descriptor& descriptor)
        : intake_(intake),
          slot_(slot),
          descriptor_(descriptor),
          at_(intake.silent_.insert(intake.silent_.end(), this)) {}
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    ~Silent() {
        if (!cut_) intake_.silent_.erase(at_);
    }
    void cut() {
        cut_ = true;
        intake_.silent_.erase(at_);
        slot_.release();
        boost::system::error_code ignored;
        descriptor_.cancel(ignored);
    }

  private:
    Intake& intake_;
    Slot& slot_;
    asio::posix::stream_descriptor& descriptor_;
    std::list<Silent*>::iterator at_;
    bool cut_ = false;
};

/// A connection whose sender is to hear whether its alert is safe. It is answered once; when it is dropped
/// the alert is not safe.
class Intake::Sender {
  public:
    Sender(Intake& intake, Fd socket, Slot slot)
        : intake_(intake), socket_(std::move(socket)), slot_(std::move(slot)) {}
    Sender(Sender&& other) noexcept = default;
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    Sender& operator=(Sender&&) = delete;
    ~Sender() { answer(WIRE_STATUS_BUSY); }

    void answer(wire_status status) {
        if (!socket_) return;
        if (status == WIRE_STATUS_BUSY) ++intake_.counts_.busy;
        reply(socket_.get(), status);
        socket_.reset();
        slot_.release();
    }
    int socket() const { return socket_.get(); }

  private:
    Intake& intake_;
    Fd socket_;
    Slot slot_;
};

/// One whose alert was not finished at once.
class Intake::Waiting final : public Receiver {
  public:
    Waiting(Intake& intake, Sender sender)
        : until(Clock::now() + intake.options_.patience),
          intake_(intake),
          sender_(std::move(sender)),
          place_(intake.waiting_.insert(intake.waiting_.end(), this)) {
        if (intake.waiting_.size() == 1) intake.wake_when_due();
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() override { leave(); }

    void settled(bool safe) override {
        sender_.answer(safe ? WIRE_STATUS_SAFE : WIRE_STATUS_BUSY);
        leave();
    }
    /// It takes too long: the sender spools the alert. The copy is known by its content when this one is
    /// safe.
    void let_go() { settled(false); }

    const Clock::time_point until;

  private:
    void leave() {
        if (!std::exchange(waits_, false)) return;
        intake_.waiting_.erase(place_);
        if (intake_.waiting_.empty()) intake_.let_go_.cancel();
    }

    Intake& intake_;
    Sender sender_;
    std::list<Waiting*>::iterator place_;
    bool waits_ = true;
};

Intake::Intake(asio::io_context& io, Tasks& work, Submit& submit, const IntakeOptions& options)
    : io_(io),
      work_(work),
      submit_(submit),
      options_(options),
      allow_(options.allow),
      room_(io, Clock::time_point::max()),
      let_go_(io) {
    configure(options);
}

void Intake::configure(const IntakeOptions& options) {
    options_ = options;
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
        while (!has_room()) co_await room_.async_wait(nothrow);
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
    for (; most > 0 && has_room(); --most) {
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
        if (connections_ >= options_.connections) silent_.front()->cut();
        work_.run_now("intake", [&] { begin(std::move(connection)); });
    }
    return true;
}

/// For one more connection, if need be in the place of a silent one.
bool Intake::has_room() const {
    return connections_ < options_.connections || !silent_.empty();
}

/// The packet is most often there already: the sender connects and sends at once.
void Intake::begin(Fd socket) {
    Slot slot(*this);
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
    const Silent silent(*this, slot, *descriptor);
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
    Sender sender(*this, std::move(socket), std::move(slot));
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
            submit_.go_on(std::move(taken->job), std::make_unique<Waiting>(*this, std::move(sender)));
            break;
    }
}

/// While a disk hangs, or is slow: senders wait 250 ms and then leave, and their connections are needed.
void Intake::let_go_of_senders() {
    while (!waiting_.empty() && waiting_.front()->until <= Clock::now()) {
        waiting_.front()->let_go();
    }
    if (!waiting_.empty()) wake_when_due();
}

void Intake::wake_when_due() {
    let_go_.expires_at(waiting_.front()->until);
    let_go_.async_wait([this](const boost::system::error_code& ec) {
        if (!ec) let_go_of_senders();
    });
}

void Intake::refuse(int socket, const error& reason, std::string_view path) {
    counts_.rejected.add(label(reason));
    report_refusal(socket, reason, path);
    reply(socket, status_of(reason));
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
