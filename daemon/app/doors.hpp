// What others connect to: the intake, the pages and the admin socket, the HTTP interface of Domain Stats. All
// are opened before anything begins, and at a reload those whose addresses have changed before anything
// changes. One that is let go of leaves no file behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "net/unix_socket.hpp"

namespace enrichd {

/// A listening UNIX socket with its file.
struct UnixDoor {
    Fd socket;
    SocketFile file;
};

/// One is there when it is to be opened now.
struct Doors {
    std::optional<UnixDoor> intake;
    std::optional<Fd> admin;
    std::optional<UnixDoor> control;
    std::optional<Fd> served;
    bool intake_passed = false;  // by systemd
};

/// For the start; `passed` by systemd. Nothing when one cannot be opened that the daemon cannot be without:
/// the log says which.
std::optional<Doors> open_doors(const Config& config, std::vector<Fd> passed);

/// For a reload: those that differ. The same.
std::optional<Doors> open_changed_doors(const Config& running, const Config& wanted, bool intake_passed);

/// The intake's and the admin socket, as often as they are wanted. Nothing is logged: see why_not().
[[nodiscard]] result<UnixDoor> open_intake(const IntakeOptions& options);
[[nodiscard]] result<UnixDoor> open_control(const std::string& path);

/// Why a UNIX socket could not be opened, in words that say what to do. `group` is the one that it should be
/// given to, or -1.
std::string why_not(UnixSocket kind, const std::string& path, int group, const error& why);

}  // namespace enrichd
