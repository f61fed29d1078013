#include "wazuh/home.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fd.hpp"
#include "base/incbin.hpp"

ENRICHD_INCBIN(wazuh_rules, ENRICHD_WAZUH_FILES "/enrichd_rules.xml");
ENRICHD_INCBIN(wazuh_event_rules, ENRICHD_WAZUH_FILES "/enrichd_events_rules.xml");
ENRICHD_INCBIN(wazuh_archives, ENRICHD_WAZUH_FILES "/ossec_archives.xml");
ENRICHD_INCBIN(wazuh_integration, ENRICHD_WAZUH_FILES "/ossec_integration.xml");
ENRICHD_INCBIN(wazuh_active_response, ENRICHD_WAZUH_FILES "/ossec_active_response.xml");

namespace enrichd::wazuh {
namespace {

constexpr off_t max_file = 16 * 1024 * 1024;
constexpr const char* packaged_shim = "/usr/lib/enrichd/enrich-shim";

/// "VERSION="v4.3.10"" of wazuh-control, which is a shell script.
std::optional<std::string> version_in_script(const std::string& script) {
    constexpr std::string_view before = "VERSION=\"v";
    const std::size_t at = script.find(before);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t from = at + before.size();
    return script.substr(from, script.find('"', from) - from);
}

}  // namespace

std::string Home::missing() const {
    for (const char* part : {"integrations", "active-response/bin", "etc/rules", "etc/ossec.conf"}) {
        std::error_code none_then;
        if (!std::filesystem::exists(path / part, none_then)) return part;
    }
    return {};
}

std::optional<std::string> Home::version() const {
    if (const auto text = bytes_of(path / "VERSION.json")) {
        const auto json = nlohmann::json::parse(*text, nullptr, false);
        if (json.is_object() && json.contains("version") && json["version"].is_string())
            return json["version"].get<std::string>();
    }
    const auto script = bytes_of(path / "bin/wazuh-control");
    return script ? version_in_script(*script) : std::nullopt;
}

ConfFile Home::conf_file() const {
    ConfFile file{ossec_conf()};
    struct stat status {};
    if (::lstat(file.path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return file;
    std::error_code failure;
    const auto target = std::filesystem::canonical(file.path, failure);
    if (failure)
        file.problem = "is a link to nothing";
    else if (status.st_uid != 0)
        file.problem = "is a link that does not belong to root; links of others are not followed";
    else
        file.path = target;
    return file;
}

bool Home::has_group() const {
    return ::getgrnam(account.c_str()) != nullptr;
}

int Home::group() const {
    if (const struct group* found = ::getgrnam(account.c_str())) return static_cast<int>(found->gr_gid);
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || status.st_gid == 0) return -1;
    return static_cast<int>(status.st_gid);
}

std::string resolved(const std::string& directory) {
    std::error_code none_then;
    const auto path = std::filesystem::canonical(directory, none_then);
    return none_then ? directory : path.string();
}

std::filesystem::path shim_of_this_build() {
    std::error_code none_then;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none_then);
    const auto beside = std::filesystem::canonical(program.parent_path() / "enrich-shim", none_then);
    return none_then ? std::filesystem::path(packaged_shim) : beside;
}

bool suits(const std::string& version) {
    int major = 0;
    int minor = 0;
    std::sscanf(version.c_str(), "%d.%d", &major, &minor);
    return major == 4 && minor >= 4;
}

std::string rights(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return "not there";
    const passwd* user = ::getpwuid(status.st_uid);
    const struct group* owners = ::getgrgid(status.st_gid);
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", status.st_mode & 07777U);
    return (user ? std::string(user->pw_name) : std::to_string(status.st_uid)) + ":" +
           (owners ? std::string(owners->gr_name) : std::to_string(status.st_gid)) + " " + mode.data();
}

bool is_there(const std::filesystem::path& file) {
    struct stat status {};
    return ::lstat(file.c_str(), &status) == 0;
}

std::optional<FileThere> file_there(const std::filesystem::path& file) {
    const Fd in(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!in || ::fstat(in.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > max_file)
        return std::nullopt;
    FileThere there{{}, status.st_uid, status.st_gid, status.st_mode & 07777U};
    there.bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t got = 0;
    while (got < there.bytes.size()) {
        const ssize_t some = ::read(in.get(), there.bytes.data() + got, there.bytes.size() - got);
        if (some < 0) return std::nullopt;
        if (some == 0) break;
        got += static_cast<std::size_t>(some);
    }
    there.bytes.resize(got);
    return there;
}

std::optional<std::string> bytes_of(const std::filesystem::path& file) {
    auto there = file_there(file);
    if (!there) return std::nullopt;
    return std::move(there->bytes);
}

std::string end_of(const std::filesystem::path& file, std::size_t count) {
    const Fd in(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!in || ::fstat(in.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    std::string text(std::min(count, static_cast<std::size_t>(status.st_size)), '\0');
    const auto from = status.st_size - static_cast<off_t>(text.size());
    const ssize_t got = ::pread(in.get(), text.data(), text.size(), from);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
}

std::string_view rules_text() {
    return built_in::wazuh_rules();
}

std::string_view event_rules_text() {
    return built_in::wazuh_event_rules();
}

std::string_view archives_text() {
    return built_in::wazuh_archives();
}

std::string_view integration_text() {
    return built_in::wazuh_integration();
}

std::string_view active_response_text() {
    return built_in::wazuh_active_response();
}

}  // namespace enrichd::wazuh
