// The directory of a Wazuh manager, and where our files are in it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "proto/wire.h"

namespace enrichd::wazuh {

struct ConfFile {
    std::filesystem::path path;
    std::string problem{};  // why it must not be touched
};

struct Home {
    std::filesystem::path path;
    std::string account = "wazuh";  // Wazuh's user and group

    std::filesystem::path integration() const { return path / "integrations/custom-dnsstats"; }
    std::filesystem::path active_response() const {
        return path / "active-response/bin" / WIRE_ACTIVE_RESPONSE_NAME;
    }
    std::filesystem::path rules_directory() const { return path / "etc/rules"; }
    std::filesystem::path rules() const { return rules_directory() / "enrichd_rules.xml"; }
    /// Rules for more kinds of DNS events, when install was asked for them.
    std::filesystem::path event_rules() const { return rules_directory() / "enrichd_events_rules.xml"; }
    std::filesystem::path ossec_conf() const { return path / "etc/ossec.conf"; }
    std::filesystem::path queue() const { return path / "queue/sockets/queue"; }
    std::filesystem::path response_log() const { return path / "logs/active-responses.log"; }
    std::filesystem::path alerts() const { return path / "logs/alerts/alerts.json"; }
    std::filesystem::path archives() const { return path / "logs/archives/archives.json"; }
    std::filesystem::path log() const { return path / "logs/ossec.log"; }

    /// ossec.conf itself, or what it is a link to. Group wazuh may make links beside it, so only root's are
    /// followed.
    ConfFile conf_file() const;

    /// What a manager has and this directory lacks; empty when it is one.
    std::string missing() const;

    /// "4.14.9"; nothing when nothing there says it.
    std::optional<std::string> version() const;

    /// Group wazuh, or where there is none the one that the directory belongs to; -1 when that is root's.
    int group() const;
    bool has_group() const;
};

/// A directory without links and ".." in its path, when it is there.
std::string resolved(const std::string& directory);

/// The shim of this build: beside the program, else where the package puts it.
std::filesystem::path shim_of_this_build();

/// Whether a version is one that enrichd works with: 4.4 or later, and not 5.
bool suits(const std::string& version);

/// "root:wazuh 0750"
std::string rights(const std::filesystem::path& file);

/// Whether something is there, of any kind; a link is not followed.
bool is_there(const std::filesystem::path& file);

/// A regular file as it was when it was opened. Group wazuh may write in some of the directories: a link or a
/// pipe in place of a file is not followed.
struct FileThere {
    std::string bytes;
    unsigned user = 0;
    unsigned group = 0;
    unsigned mode = 0;
};

/// Nothing when it is not there, no regular file, not readable, or longer than 16 MiB.
std::optional<FileThere> file_there(const std::filesystem::path& file);
std::optional<std::string> bytes_of(const std::filesystem::path& file);

/// At most the last `count` bytes.
std::string end_of(const std::filesystem::path& file, std::size_t count);

/// Rules and parts of ossec.conf as they are shipped.
std::string_view rules_text();
std::string_view event_rules_text();
std::string_view integration_text();
std::string_view archives_text();
std::string_view active_response_text();

}  // namespace enrichd::wazuh
