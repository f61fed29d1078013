// Who is at the other end of a UNIX socket, and whether he may be there.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace enrichd {

struct Peer {
    uid_t user = 0;
    gid_t group = 0;  // his effective group when he connected; supplementary groups are not asked
    pid_t process = 0;
};

/// SO_PEERCRED of a connected socket.
[[nodiscard]] result<Peer> peer_of(int socket);

class AllowList {
  public:
    /// Resolves names of users and groups, and numbers as user ids. May block in the name service: for the
    /// start only.
    explicit AllowList(const std::vector<std::string>& names);

    bool allows(const Peer& peer) const { return users_.contains(peer.user) || groups_.contains(peer.group); }

    /// Names that are neither a user nor a group here.
    const std::vector<std::string>& unknown() const { return unknown_; }

    /// The first group of the list that is not root's, or -1: it is given the socket and the spool.
    int first_group() const { return first_group_; }

  private:
    std::set<uid_t> users_;
    std::set<gid_t> groups_;
    std::vector<std::string> unknown_;
    int first_group_ = -1;
};

}  // namespace enrichd
