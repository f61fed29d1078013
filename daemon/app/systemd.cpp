#include "app/systemd.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>
#include <utility>

#include "base/log.hpp"
#include "net/unix_socket.hpp"

namespace enrichd::systemd {

std::vector<Fd> passed_sockets() {
    std::vector<Fd> passed;
    const int count = ::sd_listen_fds(1);
    for (int i = 0; i < count; ++i) passed.emplace_back(SD_LISTEN_FDS_START + i);
    return passed;
}

result<Fd> intake_socket(std::vector<Fd> passed, const std::string& path) {
    if (passed.empty()) return Fd();
    const std::size_t count = passed.size();
    std::erase_if(passed, [](const Fd& one) { return !is_listening_seqpacket(one.get()); });
    if (passed.size() > 1)
        std::erase_if(passed, [&](const Fd& one) { return path_of_socket(one.get()) != path; });
    if (passed.empty()) return error(EPROTOTYPE, boost::system::system_category());
    if (count > 1)
        log::warning("systemd passed more sockets than the intake's; the others are closed",
                     {{"passed", count}, {"intake", path_of_socket(passed.front().get())}});
    return std::move(passed.front());
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
