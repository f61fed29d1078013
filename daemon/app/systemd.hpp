// What systemd and the daemon tell each other. Without systemd every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd::systemd {

/// The intake socket when systemd passes one (enrichd.socket), else an empty Fd. An error when it passes
/// something else. To be called once, before any thread is started: it clears the environment variables.
[[nodiscard]] result<Fd> passed_socket();

void ready();
void reloading();
void stopping();
void status(const std::string& sentence);
void alive();

/// How often alive() must be called, or nothing when there is no watchdog.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace enrichd::systemd
