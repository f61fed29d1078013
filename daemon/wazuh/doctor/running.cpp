#include "wazuh/doctor/running.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "net/unix_socket.hpp"

namespace enrichd::wazuh {
namespace {

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

double boot_time() {
    std::ifstream stat("/proc/stat");
    for (std::string line; std::getline(stat, line);)
        if (line.starts_with("btime ")) return std::stod(line.substr(6));
    return 0;
}

/// Nothing when there is no such process.
std::optional<double> started_at(const std::string& process) {
    std::ifstream in("/proc/" + process + "/stat");
    std::string line;
    if (!std::getline(in, line)) return std::nullopt;
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(line.substr(name_end + 1));
    std::string field;
    constexpr int start_time = 20;  // the 22nd of all; two came before
    for (int i = 0; i < start_time; ++i) fields >> field;
    if (field.empty() || field.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    return boot_time() + std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// By its pid file. A number that a later process got is none: a program writes the file after its start.
std::optional<double> by_pid_file(const Home& home, const std::string& program) {
    constexpr double clock_slack = 5;
    std::error_code none_then;
    for (const auto& entry : std::filesystem::directory_iterator(home.path / "var/run", none_then)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(program + "-") || !name.ends_with(".pid")) continue;
        const std::string process =
            name.substr(program.size() + 1, name.size() - program.size() - 1 - std::string(".pid").size());
        if (!is_number(process)) continue;
        const auto start = started_at(process);
        if (start && *start <= written_at(entry.path()) + clock_slack) return start;
    }
    return std::nullopt;
}

std::optional<double> by_program(const Home& home, const std::string& program) {
    std::error_code none_then;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", none_then)) {
        const std::string process = entry.path().filename();
        if (!is_number(process)) continue;
        std::error_code not_ours;
        if (std::filesystem::read_symlink(entry.path() / "exe", not_ours) == home.path / "bin" / program)
            return started_at(process);
    }
    return std::nullopt;
}

/// Anything but a refusal: somebody has it, as a socket of another kind, or this user may not connect.
bool is_answered(const std::filesystem::path& socket) {
    struct stat status {};
    if (::stat(socket.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    const auto refused = boost::system::errc::connection_refused;
    const auto stream = connect_stream(socket);
    if (stream || stream.error() != refused) return true;
    const auto datagram = connect_datagram(socket);
    return datagram || datagram.error() != refused;
}

}  // namespace

double written_at(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return 0;
    constexpr double nano = 1e-9;
    return static_cast<double>(status.st_mtim.tv_sec) + nano * static_cast<double>(status.st_mtim.tv_nsec);
}

Running running(const Home& home, const std::string& program, const std::string& socket) {
    auto since = by_pid_file(home, program);
    if (const auto path = home.path / "queue/sockets" / socket; is_answered(path))
        since = std::max(since.value_or(0), written_at(path));  // bound at its start
    if (!since) since = by_program(home, program);
    return {since.has_value(), since};
}

}  // namespace enrichd::wazuh
