#include "net/peer.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <system_error>

namespace enrichd {

result<Peer> peer_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return last_error();
    return Peer{credentials.uid, credentials.gid, credentials.pid};
}

AllowList::AllowList(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        uid_t number = 0;
        const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), number);
        const bool numeric = ec == std::errc{} && end == name.data() + name.size();
        if (numeric) users_.insert(number);
        const passwd* user = numeric ? nullptr : ::getpwnam(name.c_str());
        if (user) users_.insert(user->pw_uid);
        const group* group = numeric ? nullptr : ::getgrnam(name.c_str());
        if (group) {
            groups_.insert(group->gr_gid);
            if (first_group_ < 0 && group->gr_gid != 0) first_group_ = static_cast<int>(group->gr_gid);
        }
        if (!numeric && !user && !group) unknown_.push_back(name);
    }
}

}  // namespace enrichd
