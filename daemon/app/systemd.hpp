// The messages between systemd and the daemon. Without systemd every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd::systemd {

/// The sockets that systemd passed. To be called once, before any thread is started: it clears the
/// environment variables.
std::vector<Fd> passed_sockets();

/// The intake socket among them (enrichd.socket): the only listening SOCK_SEQPACKET socket, or of several the
/// one at `path`. An empty Fd when nothing was passed; an error when none of them is it.
[[nodiscard]] result<Fd> intake_socket(std::vector<Fd> passed, const std::string& path);

void ready();
void reloading();
void stopping();
void status(const std::string& sentence);
void alive();

/// How often alive() must be called, or nothing when there is no watchdog.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace enrichd::systemd
