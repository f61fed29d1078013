// load_config: the configuration and what it refers to.
#include <string>
#include <utility>

#include "base/secret_file.hpp"
#include "config/config.hpp"
#include "config/sections.hpp"
#include "net/address.hpp"
#include "net/server_tls.hpp"

namespace enrichd {

KeyProblems problems_into(ParsedConfig& parsed) {
    return {[&parsed](const std::string& key, const std::string& message) {
                parsed.errors.push_back(parsed.at(key, message));
            },
            [&parsed](const std::string& key, const std::string& message) {
                parsed.warnings.push_back(parsed.at(key, message));
            }};
}

namespace {

bool on_this_machine(const std::string& listen) {
    const auto address = parse_address(listen);
    return !address || address->address().is_loopback();
}

void load_admin(AdminConfig& admin, const KeyProblems& problems) {
    if (!admin.certificate_file.empty() || !admin.key_file.empty()) {
        auto tls = ServerTls::make(admin.certificate_file, admin.key_file);
        if (tls)
            admin.tls = *std::move(tls);
        else
            problems.error(admin.certificate_file.empty() ? "admin.key_file" : "admin.certificate_file",
                           wrong_server_certificate(admin.certificate_file, admin.key_file, tls.error()));
    }
    if (admin.password_file.empty()) {
        if (!on_this_machine(admin.listen))
            problems.warning(
                "admin.listen",
                "anybody who reaches this address can read the pages: set admin.password_file and "
                "admin.certificate_file, or see to it by a firewall");
        return;
    }
    SecretFile found = read_secret_file(admin.password_file);
    if (!found.problem.empty()) problems.error("admin.password_file", found.problem);
    admin.password = std::move(found.secret);
    if (admin.certificate_file.empty() && !on_this_machine(admin.listen))
        problems.warning("admin.password_file",
                         "the password goes over the network in clear: set admin.certificate_file");
}

}  // namespace

ParsedConfig load_config(const std::string& file, const Config* running) {
    ParsedConfig parsed = read_config(file);
    load_admin(parsed.config.admin, problems_into(parsed));
    load_shared(parsed.config.shared, problems_into(parsed));
    load_stages(parsed.config, running, problems_into(parsed));
    return parsed;
}

}  // namespace enrichd
