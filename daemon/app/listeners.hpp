// What others connect to: the intake, the pages and the admin socket, the HTTP interface of Domain Stats.
// Those that a plan opens are opened before anything else of it is done. One that is let go of leaves no file
// behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "config/plan.hpp"
#include "net/unix_socket.hpp"

namespace enrichd {

/// A listening UNIX socket with its file.
struct UnixListener {
    Fd socket;
    SocketFile file;
};

/// One is there when it was opened.
struct Listeners {
    std::optional<UnixListener> intake;
    std::optional<Fd> admin;
    std::optional<UnixListener> control;
    std::optional<Fd> served;
    bool intake_passed = false;  // by systemd
};

/// All that the plan opens; `passed` by systemd. Nothing when one cannot be opened, but for the admin socket:
/// the log says which. It is the caller who knows whether he can be without that.
std::optional<Listeners> open_listeners(const Plan& plan, std::vector<Fd> passed);

/// The intake's and the admin socket alone, for when their files are gone. Nothing is logged: see why_not().
[[nodiscard]] result<UnixListener> open_intake(const IntakeOptions& options);
[[nodiscard]] result<UnixListener> open_control(const std::string& path);

/// Why a UNIX socket could not be opened, in words that say what to do. `group` is the one that it should be
/// given to, or -1.
std::string why_not(UnixSocket kind, const std::string& path, int group, const error& why);

}  // namespace enrichd
