// What another account may do with files, tried as that account: root may do everything, and so proves
// nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace enrichd::wazuh {

struct Account {
    std::string name;
    unsigned user = 0;
    std::vector<unsigned> groups{};  // its primary group first
};

/// The account of a name; nothing when there is none.
std::optional<Account> account_named(const std::string& name);

/// The account that the daemon behind an admin socket really has; nothing when none answers there.
std::optional<Account> account_of_daemon(const std::string& admin_socket);

struct Wish {
    std::filesystem::path base;      // a directory; what is above it is not looked at
    std::filesystem::path relative;  // of the file; "." for the directory itself
    int mode;                        // R_OK, W_OK, X_OK
};

/// For each wish the first part of its path that keeps the account from it; empty when none does, or it is
/// not there. Nothing at all when it cannot be tried: only root can become somebody else.
std::optional<std::vector<std::filesystem::path>> obstacles(const Account& account,
                                                            const std::vector<Wish>& wishes);

}  // namespace enrichd::wazuh
