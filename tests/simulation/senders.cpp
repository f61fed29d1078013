#include "simulation/senders.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "support/packets.hpp"

namespace enrichd::test::simulation {

namespace {

constexpr auto patience_of_shim = std::chrono::milliseconds(250);

std::string hexadecimal(std::uint64_t value) {
    std::array<char, 17> out{};
    std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(value));
    return out.data();
}

}  // namespace

Senders::Senders(std::string socket, std::string spool, Disk& disk,
                 std::function<void(std::uint32_t, wire_status)> settled)
    : socket_(std::move(socket)), spool_(std::move(spool)), disk_(disk), settled_(std::move(settled)) {}

void Senders::offer(std::uint32_t number, wire_kind kind, const std::string& text) {
    const SystemCalls::Own own(disk_);
    Fd socket = connect_nonblocking(socket_);
    const auto id =
        static_cast<std::uint64_t>(wall_seconds(WallClock::now()).time_since_epoch().count()) * 1000 << 22U |
        ++names_;
    const std::string bytes = packet(id, text, "", kind);
    if (!socket || ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
        return spool(number, kind, text);
    waiting_.push_back({number, kind, text, std::move(socket), Clock::now() + patience_of_shim});
}

void Senders::spool(std::uint32_t number, wire_kind kind, const std::string& text) {
    const SystemCalls::Own own(disk_);
    if (spool_full_ || !std::filesystem::exists(spool_ + "/new")) return settled_(number, WIRE_STATUS_BUSY);
    const auto id =
        static_cast<std::uint64_t>(wall_seconds(WallClock::now()).time_since_epoch().count()) * 1000 << 22U |
        ++names_;
    const std::string name =
        hexadecimal(id) + (kind == WIRE_KIND_ACTIVE_RESPONSE ? WIRE_SPOOL_ACTIVE_RESPONSE : "");
    disk_.write(spool_ + "/tmp/" + name, text);
    std::filesystem::rename(spool_ + "/tmp/" + name, spool_ + "/new/" + name);
    disk_.keep(spool_ + "/new/" + name, text);
    spooled_[spool_ + "/new/" + name] = number;
    settled_(number, WIRE_STATUS_SAFE);
}

bool Senders::go_on() {
    const SystemCalls::Own own(disk_);
    bool any = false;
    for (auto one = waiting_.begin(); one != waiting_.end();) {
        std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
        const ::ssize_t size = ::recv(one->socket.get(), reply.data(), reply.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN && Clock::now() < one->until) {
            ++one;
            continue;
        }
        any = true;
        const Waiting ended = std::move(*one);
        one = waiting_.erase(one);
        const wire_status status =
            size > 0 ? wire_unpack_reply(reply.data(), static_cast<std::size_t>(size)) : WIRE_STATUS_BUSY;
        if (status == WIRE_STATUS_SAFE || status == WIRE_STATUS_NOT_AN_ALERT)
            settled_(ended.number, status);
        else
            spool(ended.number, ended.kind, ended.text);
    }
    return any;
}

Clock::time_point Senders::next() const {
    Clock::time_point first = Clock::time_point::max();
    for (const Waiting& one : waiting_) first = std::min(first, one.until);
    return first;
}

void Senders::read_last_replies() {
    std::erase_if(waiting_, [this](Waiting& one) {
        std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
        const ::ssize_t size = ::recv(one.socket.get(), reply.data(), reply.size(), MSG_DONTWAIT);
        const bool safe =
            size > 0 && wire_unpack_reply(reply.data(), static_cast<std::size_t>(size)) == WIRE_STATUS_SAFE;
        if (safe) settled_(one.number, WIRE_STATUS_SAFE);
        return safe;
    });
}

void Senders::process_ended() {
    for (Waiting& one : std::exchange(waiting_, {})) spool(one.number, one.kind, one.text);
}

}  // namespace enrichd::test::simulation
