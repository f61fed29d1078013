#include "app/doors.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "app/systemd.hpp"
#include "base/log.hpp"
#include "net/address.hpp"
#include "net/http_server.hpp"
#include "net/peer.hpp"

namespace enrichd {
namespace {

constexpr unsigned control_mode = 0660;  // root, the daemon's user and his group

bool complain(const char* key, const std::string& address, const error& why) {
    log::error("cannot listen", {{"key", key}, {"address", address}, {"detail", why.message()}});
    return false;
}

/// Under systemd tmpfiles makes it; elsewhere nobody has yet. The mode of the socket says who may connect.
void make_parent(const std::string& socket) {
    const std::string parent = std::filesystem::path(socket).parent_path().string();
    if (::mkdir(parent.c_str(), 0755) == 0) (void)::chmod(parent.c_str(), 0755);
}

result<UnixDoor> open_door(UnixSocket kind, const std::string& path, unsigned mode, int group) {
    make_parent(path);
    auto socket = listen_unix(kind, path, mode, group);
    if (!socket) return socket.error();
    return UnixDoor{*std::move(socket), SocketFile(path)};
}

std::string user_name(uid_t id) {
    const passwd* const user = ::getpwuid(id);
    return user ? user->pw_name : std::to_string(id);
}

std::string group_name(int id) {
    const group* const found = ::getgrgid(static_cast<gid_t>(id));
    return found ? found->gr_name : std::to_string(id);
}

/// Something stands at the path, and it is no socket that a dead daemon left.
std::string what_is_there(UnixSocket kind, const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode))
        return "a file that is no socket is in its place; move it away";
    const pid_t other = listener_at(kind, path);
    if (other == ::getpid()) return "this daemon listens there already";
    if (other == 1) return "systemd listens there (enrichd.socket); use systemctl start enrichd";
    if (other >= 0) return "another enrichd is running: process " + std::to_string(other) + " listens there";
    return "a socket of user " + user_name(status.st_uid) +
           " is in its place, and whether somebody listens there cannot be found out; if no other enrichd "
           "runs, remove it";
}

bool take_intake(const IntakeOptions& options, std::optional<UnixDoor>& into) {
    auto opened = open_intake(options);
    if (opened) {
        into = *std::move(opened);
        return true;
    }
    const int group = AllowList(options.allow).first_group();
    log::error("the intake socket cannot be opened",
               {{"path", options.socket},
                {"detail", why_not(UnixSocket::packets, options.socket, group, opened.error())}});
    return false;
}

/// An empty address is no door.
bool take_tcp(const char* key, const std::string& address, std::optional<Fd>& into) {
    if (address.empty()) return true;
    auto socket = listen_tcp(address);
    if (!socket) return complain(key, address, socket.error());
    into = *std::move(socket);
    return true;
}

/// Alerts come and go without it, so it keeps nobody from starting.
bool take_control(const std::string& path, std::optional<UnixDoor>& into) {
    if (path.empty()) return true;
    auto opened = open_control(path);
    if (opened) {
        into = *std::move(opened);
        return true;
    }
    log::warning("the admin socket cannot be opened; enrichd status and its like will not reach this daemon",
                 {{"path", path}, {"detail", why_not(UnixSocket::stream, path, -1, opened.error())}});
    return false;
}

/// However they are written.
bool differ(const std::string& one, const std::string& other) {
    const auto a = parse_address(one);
    const auto b = parse_address(other);
    return a && b ? *a != *b : one != other;
}

}  // namespace

result<UnixDoor> open_intake(const IntakeOptions& options) {
    return open_door(UnixSocket::packets, options.socket, options.socket_mode,
                     AllowList(options.allow).first_group());
}

result<UnixDoor> open_control(const std::string& path) {
    return open_door(UnixSocket::stream, path, control_mode, -1);
}

std::string why_not(UnixSocket kind, const std::string& path, int group, const error& why) {
    if (why == boost::system::errc::address_in_use) return what_is_there(kind, path);
    if (why == boost::system::errc::operation_not_permitted && group >= 0)
        return "user " + user_name(::geteuid()) + " may not give it to group " + group_name(group) +
               ", the first of intake.allow: run enrichd as root or as a member of that group, or name "
               "another group";
    if (why == boost::system::errc::permission_denied)
        return "user " + user_name(::geteuid()) + " may not write into its directory";
    return why.message();
}

std::optional<Doors> open_doors(const Config& config, std::vector<Fd> passed) {
    Doors doors;
    auto intake = systemd::intake_socket(std::move(passed), config.intake.socket);
    if (!intake) {
        log::error("the intake socket cannot be opened",
                   {{"path", "passed by systemd"},
                    {"detail",
                     "none that was passed is a listening SOCK_SEQPACKET socket "
                     "(ListenSequentialPacket=), or several are and none is at intake.socket"}});
        return std::nullopt;
    }
    doors.intake_passed = static_cast<bool>(*intake);
    if (doors.intake_passed) {
        std::string path = path_of_socket(intake->get());
        doors.intake = UnixDoor{*std::move(intake), SocketFile(std::move(path), false)};
    } else if (!take_intake(config.intake, doors.intake)) {
        return std::nullopt;
    }
    if (!take_tcp("admin.listen", config.admin_listen, doors.admin) ||
        !take_tcp("domain_stats.serve", config.domain_stats.serve, doors.served))
        return std::nullopt;
    take_control(config.admin_socket, doors.control);
    return doors;
}

std::optional<Doors> open_changed_doors(const Config& running, const Config& wanted, bool intake_passed) {
    Doors doors;
    doors.intake_passed = intake_passed;
    const bool opened =
        (intake_passed || running.intake.socket == wanted.intake.socket ||
         take_intake(wanted.intake, doors.intake)) &&
        (!differ(running.admin_listen, wanted.admin_listen) ||
         take_tcp("admin.listen", wanted.admin_listen, doors.admin)) &&
        (!differ(running.domain_stats.serve, wanted.domain_stats.serve) ||
         take_tcp("domain_stats.serve", wanted.domain_stats.serve, doors.served)) &&
        (running.admin_socket == wanted.admin_socket || take_control(wanted.admin_socket, doors.control));
    if (!opened) return std::nullopt;
    return doors;
}

}  // namespace enrichd
