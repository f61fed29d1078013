#include "wazuh/doctor/access.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <sstream>

#include "base/fd.hpp"
#include "net/peer.hpp"
#include "net/unix_socket.hpp"

namespace enrichd::wazuh {
namespace {

constexpr std::int32_t no_obstacle = -1;

/// Each directory on the way to a file, which must be searched, and the file.
struct Step {
    std::string path;
    int mode;
};
using Way = std::vector<Step>;

Way way_of(const Wish& wish) {
    Way out;
    std::filesystem::path done;
    if (wish.relative != ".") out.push_back({".", X_OK});
    for (const auto& part : wish.relative) {
        done /= part;
        out.push_back({done.string(), X_OK});
    }
    out.back().mode = wish.mode;
    return out;
}

std::int32_t first_obstacle(int base, const Way& way) {
    for (std::size_t i = 0; i < way.size(); ++i)
        if (::faccessat(base, way[i].path.c_str(), way[i].mode, AT_EACCESS) != 0)
            return errno == ENOENT ? no_obstacle : static_cast<std::int32_t>(i);
    return no_obstacle;
}

/// In a process of its own: it never comes back from being somebody else.
[[noreturn]] void try_as(const Account& account, const std::vector<int>& bases, const std::vector<Way>& ways,
                         int out) {
    std::vector<gid_t> groups(account.groups.begin(), account.groups.end());
    if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(groups.front()) != 0 ||
        ::setuid(account.user) != 0)
        ::_exit(1);
    for (std::size_t i = 0; i < ways.size(); ++i) {
        const std::int32_t found = bases[i] < 0 ? no_obstacle : first_obstacle(bases[i], ways[i]);
        if (::write(out, &found, sizeof found) != sizeof found) ::_exit(1);
    }
    ::_exit(0);
}

}  // namespace

std::optional<Account> account_named(const std::string& name) {
    const passwd* user = ::getpwnam(name.c_str());
    if (!user) return std::nullopt;
    Account account{name, user->pw_uid, {}};
    std::array<gid_t, 256> groups{};
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(name.c_str(), user->pw_gid, groups.data(), &count) < 0) count = 0;
    account.groups.assign(groups.begin(), groups.begin() + count);
    if (account.groups.empty()) account.groups.push_back(user->pw_gid);
    return account;
}

std::optional<Account> account_of_daemon(const std::string& admin_socket) {
    if (admin_socket.empty()) return std::nullopt;
    const auto socket = connect_stream(admin_socket);
    if (!socket) return std::nullopt;
    const auto peer = peer_of(socket->get());
    if (!peer) return std::nullopt;
    Account account{"enrichd", peer->user, {peer->group}};
    std::ifstream status("/proc/" + std::to_string(peer->process) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("Groups:")) continue;
        std::istringstream numbers(line.substr(7));
        for (unsigned group = 0; numbers >> group;) account.groups.push_back(group);
    }
    return account;
}

std::optional<std::vector<std::filesystem::path>> obstacles(const Account& account,
                                                            const std::vector<Wish>& wishes) {
    if (::geteuid() != 0 || account.groups.empty()) return std::nullopt;
    std::vector<Fd> open;
    std::vector<int> bases;
    std::vector<Way> ways;
    for (const Wish& wish : wishes) {
        open.emplace_back(::open(wish.base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        bases.push_back(open.back().get());
        ways.push_back(way_of(wish));
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    const Fd in(ends[0]);
    Fd out(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return std::nullopt;
    if (child == 0) try_as(account, bases, ways, out.get());
    out.reset();
    std::vector<std::filesystem::path> found;
    for (std::int32_t one = 0; ::read(in.get(), &one, sizeof one) == sizeof one;) {
        const Wish& wish = wishes[found.size()];
        const std::string step =
            one == no_obstacle ? "" : ways[found.size()][static_cast<std::size_t>(one)].path;
        found.push_back(step.empty() ? std::filesystem::path() : step == "." ? wish.base : wish.base / step);
    }
    ::waitpid(child, nullptr, 0);
    if (found.size() != wishes.size()) return std::nullopt;
    return found;
}

}  // namespace enrichd::wazuh
