// Files, directories and sockets: what Wazuh and the daemon need of them, and may do with them.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/peer.hpp"
#include "net/unix_socket.hpp"
#include "wazuh/doctor/access.hpp"
#include "wazuh/doctor/examination.hpp"
#include "wazuh/parts.hpp"

namespace enrichd::wazuh {
namespace {

constexpr const char* spool_hint = "systemd-tmpfiles --create enrichd.conf";
constexpr const char* files_hint = "chown wazuh:wazuh, and chmod 0640 (directories 0750)";

/// Whether Wazuh runs a shim of ours, which needs the intake's socket and the spool.
bool uses_shims(const Examination& at) {
    return at.ways.by_shim() || has_response_of_ours(at.conf);
}

/// Something that an account must be able to do, and what it means when it cannot.
struct Need {
    Wish wish;
    std::string consequence;
    std::string fix;
    bool grave = true;
};

/// What keeps an account from one or more of its needs.
struct Obstacle {
    std::string consequences{};
    std::string fix{};
    bool grave = false;
};

std::string own_fix(const char* rights) {
    return std::string("chown root:wazuh and chmod ") + rights;
}

std::vector<Need> needs_of_wazuh(const Examination& at) {
    const auto& home = at.home.path;
    const std::filesystem::path socket = at.config.intake.socket;
    const std::filesystem::path spool = at.config.spool.directory;
    const std::string no_spool = "alerts are lost while the daemon is down";
    std::vector<Need> needs{{{home, "etc/ossec.conf", R_OK}, "Wazuh cannot read ossec.conf", own_fix("0660")},
                            {{home, "etc/rules", R_OK | X_OK},
                             "Wazuh cannot read the rules",
                             "chown wazuh:wazuh and chmod 0770"}};
    for (const auto& file : at.rules.files())
        if (file == at.home.rules() || file.filename() == sysmon_22_file ||
            file.parent_path() == at.home.rules_directory())
            needs.push_back({{home, file.lexically_relative(home), R_OK},
                             "Wazuh cannot read these rules and goes on without them",
                             "chown wazuh:wazuh and chmod 0660",
                             file == at.home.rules() || file.filename() == sysmon_22_file});
    if (!uses_shims(at)) return needs;
    const std::vector<Need> of_shims{
        {{home, "integrations/custom-dnsstats", R_OK | X_OK},
         "Wazuh cannot run custom-dnsstats",
         own_fix("0750"),
         at.ways.by_shim()},
        {{home, "logs/alerts/alerts.json", R_OK}, "the integrator cannot read the alerts", files_hint},
        {{socket.parent_path(), socket.filename(), W_OK},
         "Wazuh cannot reach the intake socket, and all alerts go through the spool",
         "systemd-tmpfiles --create enrichd.conf, then systemctl restart enrichd.socket"},
        {{spool, "tmp", W_OK | X_OK}, "Wazuh cannot write into the spool, and " + no_spool, spool_hint},
        {{spool, "new", W_OK | X_OK}, "Wazuh cannot write into the spool, and " + no_spool, spool_hint},
        {{spool, "size", R_OK | W_OK}, "Wazuh cannot keep count of the spool's size", spool_hint, false}};
    needs.insert(needs.end(), of_shims.begin(), of_shims.end());
    return needs;
}

/// What is above Wazuh's home is not looked at; elsewhere all of the path is.
Need need_of_file(const Examination& at, const std::filesystem::path& file) {
    const auto in_home = file.lexically_relative(at.home.path);
    const bool there = !in_home.empty() && *in_home.begin() != "..";
    return {{there ? at.home.path : "/", there ? in_home : file.relative_path(), R_OK},
            "enrichd cannot read the file that it follows",
            there ? files_hint : "let the user of enrichd read it"};
}

std::vector<Need> needs_of_daemon(const Examination& at) {
    const auto& home = at.home.path;
    const std::filesystem::path spool = at.config.spool.directory;
    const bool responses = has_response_of_ours(at.conf);
    const std::string join =
        "put its user into group wazuh (the unit does: SupplementaryGroups=wazuh), and "
        "give the group its rights back";
    std::vector<Need> needs{
        {{spool, "tmp", R_OK | W_OK | X_OK}, "enrichd cannot take alerts out of the spool", spool_hint},
        {{spool, "new", R_OK | W_OK | X_OK}, "enrichd cannot take alerts out of the spool", spool_hint},
        {{home, "logs/active-responses.log", W_OK},
         "enrichd cannot write answers of active responses there",
         "chown wazuh:wazuh and chmod 0660 it",
         responses}};
    for (const std::string& file : at.config.files.files) needs.push_back(need_of_file(at, file));
    if (at.config.outputs.wazuh)
        needs.push_back({{home, "queue/sockets/queue", W_OK}, "enrichd cannot send events to Wazuh", join});
    return needs;
}

void try_needs(const Examination& at, const Account& account, const std::vector<Need>& needs) {
    std::vector<Wish> wishes;
    wishes.reserve(needs.size());
    for (const Need& need : needs) wishes.push_back(need.wish);
    const auto found = obstacles(account, wishes);
    if (!found)
        return at.found.warning("rights of user " + account.name,
                                "were not looked at: only root can try them", "become root");
    std::map<std::filesystem::path, Obstacle> by_path;  // one directory may be in the way of many files
    for (std::size_t i = 0; i < needs.size(); ++i) {
        const auto& path = (*found)[i];
        if (path.empty()) continue;
        const auto file = (needs[i].wish.base / needs[i].wish.relative).lexically_normal();
        Obstacle& one = by_path[path];
        one.grave = one.grave || needs[i].grave;
        if (one.consequences.find(needs[i].consequence) == std::string::npos)
            one.consequences.append(one.consequences.empty() ? "" : "; ").append(needs[i].consequence);
        const bool in_home = needs[i].wish.base == at.home.path;
        one.fix = path == file || !in_home
                      ? needs[i].fix
                      : "let group " + at.home.account + " enter it: chgrp, and chmod g+x";
    }
    for (const auto& [path, one] : by_path) {
        const std::string detail = rights(path) + " keeps user " + account.name + " out: " + one.consequences;
        one.grave ? at.found.problem(path, detail, one.fix) : at.found.warning(path, detail, one.fix);
    }
}

/// The groups of its unit are those of the service, whatever /etc/group says.
std::optional<Account> daemon_account(const Examination& at) {
    if (auto real = account_of_daemon(at.config.admin.socket)) return real;
    auto account = account_named(at.daemon_account);
    const bool by_unit = ::access("/run/systemd/system", F_OK) == 0;
    if (account && by_unit && at.home.has_group())
        account->groups.push_back(static_cast<unsigned>(at.home.group()));
    return account;
}

void look_at_shim(const Examination& at, const std::filesystem::path& where, bool needed) {
    struct stat status {};
    if (::stat(where.c_str(), &status) != 0) {
        if (needed) return at.found.problem(where, "is not there", install_hint);
        return at.found.warning(where, "is not there; needed for active responses alone", install_hint);
    }
    const auto shim = bytes_of(shim_of_this_build());
    const auto there = bytes_of(where);
    const bool owned = status.st_uid == 0 && static_cast<int>(status.st_gid) == at.home.group();
    if (status.st_size == 0) return at.found.problem(where, "is empty: nothing is run", install_hint);
    if ((status.st_mode & 0022U) != 0)
        return at.found.problem(where, rights(where) + ": Wazuh refuses a program that others may write",
                                install_hint);
    if (!owned || (status.st_mode & 0050U) != 0050U)
        return at.found.problem(where, rights(where) + ", expected root:wazuh 0750: Wazuh cannot run it",
                                install_hint);
    if (shim && there && there->size() < shim->size() && shim->starts_with(*there))
        return at.found.problem(where, "is cut: it is a part of the shim", install_hint);
    if (there && !is_our_shim(*there))
        return at.found.problem(where, "is another program, not the shim of enrichd", install_hint);
    if (shim && there != shim)
        return at.found.warning(where, "is not the shim of this version", install_hint);
    at.found.ok(where, rights(where));
}

void look_at_allow(const Examination& at, unsigned user) {
    const AllowList allowed(at.config.intake.allow);
    Peer peer;
    peer.user = user;
    peer.group = static_cast<gid_t>(at.home.group());
    if (!allowed.allows(peer))
        at.found.problem(
            "intake.allow",
            "has neither user nor group " + at.home.account + ": enrichd sends Wazuh's alerts away",
            "add " + at.home.account + ", then systemctl reload enrichd");
}

bool is_socket(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

void look_at_spool(const Examination& at) {
    for (const std::string& part : {at.config.spool.directory + "/new", at.config.spool.directory + "/tmp"}) {
        struct stat status {};
        if (::stat(part.c_str(), &status) != 0)
            at.found.problem(part, "is not there: alerts are lost while the daemon is down", spool_hint);
        else
            at.found.ok(part, rights(part));
    }
}

}  // namespace

void look_at_shims(const Examination& at) {
    if (at.ways.by_shim()) look_at_shim(at, at.home.integration(), true);
    look_at_shim(at, at.home.active_response(), has_response_of_ours(at.conf));
}

void look_at_rights(const Examination& at) {
    if (!at.home.has_group())
        at.found.problem("group " + at.home.account,
                         "is not there: Wazuh and enrichd reach each other's sockets and files by it",
                         "groupadd it and give Wazuh's files back to it, or reinstall wazuh-manager");
    if (at.home.group() < 0) return;
    Account wazuh{at.home.account, 65534, {}};  // without such a user: what its group may do
    if (const auto there = account_named(at.home.account))
        wazuh.user = there->user;
    else
        at.found.warning("user " + at.home.account, "is not there: Wazuh's programs run as it",
                         "reinstall wazuh-manager");
    if (at.home.has_group() && uses_shims(at)) look_at_allow(at, wazuh.user);
    wazuh.groups = {static_cast<unsigned>(at.home.group())};  // Wazuh drops all others
    try_needs(at, wazuh, needs_of_wazuh(at));
    if (const auto daemon = daemon_account(at))
        try_needs(at, *daemon, needs_of_daemon(at));
    else
        at.found.warning("user " + at.daemon_account, "is not there: what it may do was not looked at",
                         "systemd-sysusers enrichd.conf");
}

void look_at_sockets(const Examination& at) {
    const std::string intake = at.config.intake.socket;
    if (intake != WIRE_DEFAULT_SOCKET || at.config.spool.directory != WIRE_DEFAULT_SPOOL)
        at.found.warning(
            "intake.socket, intake.spool", "are not what the shim knows",
            "set ENRICHD_SOCKET and ENRICHD_SPOOL in Wazuh's environment (docs/configuration.md)");
    const char* start = "systemctl enable --now enrichd.socket enrichd.service";
    if (is_socket(intake))
        at.found.ok(intake, rights(intake));
    else if (uses_shims(at))
        at.found.problem(intake, "is not there: alerts go into the spool", start);
    else
        at.found.warning(intake, "is not there; needed for shims and enrichd replay alone", start);
    if (uses_shims(at)) look_at_spool(at);
    const std::string queue = at.home.queue().string();
    if (!is_socket(queue))
        return at.found.problem(queue, "is not there: events cannot be reported",
                                "systemctl start wazuh-manager");
    const auto connected = connect_datagram(queue);
    if (!connected)
        return at.found.problem(
            queue, connected.error().message(),
            "systemctl start wazuh-manager; without it, group wazuh must be able to write there");
    at.found.ok(queue, rights(queue));
}

}  // namespace enrichd::wazuh
