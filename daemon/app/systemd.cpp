#include "app/systemd.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>

#include "net/unix_socket.hpp"

namespace enrichd::systemd {

result<Fd> passed_socket() {
    const int count = ::sd_listen_fds(1);
    if (count <= 0) return Fd();
    Fd socket(SD_LISTEN_FDS_START);
    for (int i = 1; i < count; ++i) Fd(SD_LISTEN_FDS_START + i).reset();
    if (count > 1 || !is_listening_seqpacket(socket.get()))
        return error(EPROTOTYPE, boost::system::system_category());
    return socket;
}

void ready() {
    ::sd_notify(0, "READY=1");
}

void reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const long long microseconds = now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
    ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

void stopping() {
    ::sd_notify(0, "STOPPING=1");
}

void status(const std::string& sentence) {
    ::sd_notify(0, ("STATUS=" + sentence).c_str());
}

void alive() {
    ::sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::microseconds(microseconds / 4);
}

}  // namespace enrichd::systemd
