#include "app/doors.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "app/systemd.hpp"
#include "base/log.hpp"
#include "net/http_server.hpp"
#include "net/unix_socket.hpp"

namespace enrichd {
namespace {

constexpr unsigned control_mode = 0660;  // root, the daemon's user and his group

bool complain(const char* key, const std::string& address, const error& why) {
    log::error("cannot listen", {{"key", key}, {"address", address}, {"detail", why.message()}});
    return false;
}

/// Under systemd tmpfiles makes it; elsewhere nobody has yet.
void make_parent(const std::string& socket) {
    std::error_code exists_or_fails_below;
    std::filesystem::create_directory(std::filesystem::path(socket).parent_path(), exists_or_fails_below);
}

bool open_intake(const IntakeOptions& options, std::optional<Fd>& into) {
    make_parent(options.socket);
    auto bound = listen_unix(UnixSocket::packets, options.socket, options.socket_mode,
                             AllowList(options.allow).first_group());
    if (!bound) {
        log::error("the intake socket cannot be opened",
                   {{"path", options.socket}, {"detail", bound.error().message()}});
        return false;
    }
    into = *std::move(bound);
    return true;
}

/// An empty address is no door.
bool open_tcp(const char* key, const std::string& address, std::optional<Fd>& into) {
    if (address.empty()) return true;
    auto socket = listen_tcp(address);
    if (!socket) return complain(key, address, socket.error());
    into = *std::move(socket);
    return true;
}

/// Alerts come and go without it, so it keeps nobody from starting.
bool open_control(const std::string& path, std::optional<Fd>& into) {
    if (path.empty()) return true;
    make_parent(path);
    auto bound = listen_unix(UnixSocket::stream, path, control_mode, -1);
    if (!bound) {
        log::warning(
            "the admin socket cannot be opened; enrichd status and its like will not reach this daemon",
            {{"path", path}, {"detail", bound.error().message()}});
        return false;
    }
    into = *std::move(bound);
    return true;
}

/// The two that cannot be done without; what was bound before one that fails is not left behind.
std::optional<Doors> with_tcp(Doors doors, const Config& config, bool admin, bool served) {
    const bool good = (!admin || open_tcp("admin.listen", config.admin_listen, doors.admin)) &&
                      (!served || open_tcp("domain_stats.serve", config.domain_stats.serve, doors.served));
    if (good) return doors;
    if (doors.intake && !doors.intake_passed) ::unlink(config.intake.socket.c_str());
    return std::nullopt;
}

}  // namespace

std::optional<Doors> open_doors(const Config& config) {
    Doors doors;
    auto passed = systemd::passed_socket();
    if (!passed) {
        log::error("the intake socket cannot be opened",
                   {{"path", "passed by systemd"}, {"detail", passed.error().message()}});
        return std::nullopt;
    }
    doors.intake_passed = static_cast<bool>(*passed);
    if (doors.intake_passed)
        doors.intake = *std::move(passed);
    else if (!open_intake(config.intake, doors.intake))
        return std::nullopt;
    auto all = with_tcp(std::move(doors), config, true, true);
    if (all) open_control(config.admin_socket, all->control);
    return all;
}

std::optional<Doors> open_changed_doors(const Config& running, const Config& wanted, OpenDoors open) {
    Doors doors;
    doors.intake_passed = open.intake_passed;
    if (!open.intake_passed && running.intake.socket != wanted.intake.socket &&
        !open_intake(wanted.intake, doors.intake))
        return std::nullopt;
    auto all = with_tcp(std::move(doors), wanted, running.admin_listen != wanted.admin_listen,
                        running.domain_stats.serve != wanted.domain_stats.serve);
    const bool moved = running.admin_socket != wanted.admin_socket;
    if (!all || (!moved && open.control)) return all;
    const bool opened = open_control(wanted.admin_socket, all->control);
    if (opened || !moved) return all;
    if (all->intake && !open.intake_passed) ::unlink(wanted.intake.socket.c_str());
    return std::nullopt;
}

}  // namespace enrichd
