#include "app/listeners.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "app/systemd.hpp"
#include "base/log.hpp"
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

result<UnixListener> open_unix(UnixSocket kind, const std::string& path, unsigned mode, int group) {
    make_parent(path);
    auto socket = listen_unix(kind, path, mode, group);
    if (!socket) return socket.error();
    return UnixListener{*std::move(socket), SocketFile(path)};
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

bool take_intake(const IntakeOptions& options, std::optional<UnixListener>& into) {
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

bool take_tcp(const char* key, const std::string& address, std::optional<Fd>& into) {
    auto socket = listen_tcp(address);
    if (!socket) return complain(key, address, socket.error());
    into = *std::move(socket);
    return true;
}

void take_control(const std::string& path, std::optional<UnixListener>& into) {
    auto opened = open_control(path);
    if (opened) {
        into = *std::move(opened);
        return;
    }
    log::warning("the admin socket cannot be opened; enrichd status and its like will not reach this daemon",
                 {{"path", path}, {"detail", why_not(UnixSocket::stream, path, -1, opened.error())}});
}

bool opens(ListenerStep step) {
    return step == ListenerStep::open || step == ListenerStep::move;
}

/// The one that systemd passed, if it did.
bool take_passed(std::vector<Fd> passed, const std::string& path, Listeners& into) {
    auto intake = systemd::intake_socket(std::move(passed), path);
    if (!intake) {
        log::error("the intake socket cannot be opened",
                   {{"path", "passed by systemd"},
                    {"detail",
                     "none that was passed is a listening SOCK_SEQPACKET socket "
                     "(ListenSequentialPacket=), or several are and none is at intake.socket"}});
        return false;
    }
    into.intake_passed = static_cast<bool>(*intake);
    if (!into.intake_passed) return true;
    std::string its_path = path_of_socket(intake->get());
    into.intake = UnixListener{*std::move(intake), SocketFile(std::move(its_path), false)};
    return true;
}

}  // namespace

result<UnixListener> open_intake(const IntakeOptions& options) {
    return open_unix(UnixSocket::packets, options.socket, options.socket_mode,
                     AllowList(options.allow).first_group());
}

result<UnixListener> open_control(const std::string& path) {
    return open_unix(UnixSocket::stream, path, control_mode, -1);
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

std::optional<Listeners> open_listeners(const Plan& plan, std::vector<Fd> passed) {
    Listeners opened;
    if (opens(plan.intake)) {
        const IntakeOptions& intake = plan.config.intake;
        if (!take_passed(std::move(passed), intake.socket, opened)) return std::nullopt;
        if (!opened.intake && !take_intake(intake, opened.intake)) return std::nullopt;
    }
    if (opens(plan.admin) && !take_tcp("admin.listen", plan.config.admin.listen, opened.admin))
        return std::nullopt;
    if (opens(plan.served) && !take_tcp(Config::served_key, plan.config.served(), opened.served))
        return std::nullopt;
    if (opens(plan.control)) take_control(plan.config.admin.socket, opened.control);
    return opened;
}

}  // namespace enrichd
