// What others connect to: the intake, the pages and the admin socket, the HTTP interface of Domain Stats. All
// are opened before anything begins, and at a reload those whose addresses have changed before anything
// changes.
#pragma once

#include <optional>

#include "app/config.hpp"
#include "base/fd.hpp"

namespace enrichd {

/// A descriptor is there when that door is to be opened now.
struct Doors {
    std::optional<Fd> intake;
    std::optional<Fd> admin;
    std::optional<Fd> control;
    std::optional<Fd> served;
    bool intake_passed = false;  // by systemd
};

/// For the start. Nothing when one cannot be opened that the daemon cannot be without: the log says which.
std::optional<Doors> open_doors(const Config& config);

struct OpenDoors {
    bool intake_passed = false;
    bool control = false;  // the admin socket could be opened
};

/// For a reload: those that differ, and the admin socket when it could not be opened before. The same.
std::optional<Doors> open_changed_doors(const Config& running, const Config& wanted, OpenDoors open);

}  // namespace enrichd
