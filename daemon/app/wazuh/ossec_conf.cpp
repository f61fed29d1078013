#include "app/wazuh/ossec_conf.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "app/program.hpp"
#include "app/wazuh/xml.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace enrichd::wazuh {
namespace {

constexpr std::string_view begin_mark = "<!-- enrichd: begin, put here by enrichd wazuh install -->\n";
constexpr std::string_view end_mark = "<!-- enrichd: end -->\n";
constexpr auto patience = std::chrono::seconds(60);  // for one of Wazuh's programs

std::string without_our_part(const std::string& text) {
    const std::size_t from = text.find(begin_mark);
    const std::size_t end = from == std::string::npos ? from : text.find(end_mark, from);
    if (end == std::string::npos) return text;
    return text.substr(0, from) + text.substr(end + end_mark.size());
}

/// Of the same second there may be one already.
std::string free_backup_name(const std::filesystem::path& file) {
    std::string stamp = to_iso_date(wall_seconds(WallClock::now()));
    const std::string first = file.string() + ".before-enrichd-" + stamp;
    std::string name = first;
    std::error_code none_then;
    for (int number = 2; std::filesystem::exists(std::filesystem::symlink_status(name, none_then)); ++number)
        name = first + "-" + std::to_string(number);
    return name;
}

Written replace(const Home& home, const FileThere& before, const std::string& after) {
    const auto file = home.ossec_conf();
    std::string problem;
    if (!read_ossec_conf(after, problem))
        return {false, file.string() + " is no XML, " + problem + "; not changed"};
    const std::string backup = free_backup_name(file);
    const auto put = [&](const std::filesystem::path& where, const std::string& text) {
        return place_file(where, text, before.user, before.group, before.mode);
    };
    if (const std::string why = put(backup, before.bytes); !why.empty())
        return {false, "no backup, so no change: " + why};
    if (const std::string why = put(file, after); !why.empty()) return {false, why};
    const std::string no = objection(home);
    if (no.empty()) return {true, "backup: " + backup};
    const std::string not_back = put(file, before.bytes);
    return {false, no + (not_back.empty() ? "; it is as it was"
                                          : "; AND THE BACKUP COULD NOT BE PUT BACK: " + backup)};
}

}  // namespace

std::string objection(const Home& home) {
    for (const char* name : {"bin/wazuh-analysisd", "bin/wazuh-integratord"}) {
        const auto program = home.path / name;
        std::error_code none_then;
        if (!std::filesystem::exists(program, none_then)) continue;
        const ProgramRun run = run_program({program.string(), "-t"}, patience);
        if (run.exit_code != 0)
            return std::string(name) + " -t does not accept it (exit code " + std::to_string(run.exit_code) +
                   "): " + run.output.substr(0, 2000);
    }
    return {};
}

std::string place_file(const std::filesystem::path& file, std::string_view bytes, unsigned user,
                       unsigned group, unsigned mode) {
    const auto fresh = file.parent_path() / ("." + file.filename().string() + ".enrichd-new");
    ::unlink(fresh.c_str());
    const Fd out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    const auto failed = [&] {
        std::string why = file.string() + ": " + last_error().message();
        ::unlink(fresh.c_str());
        return why;
    };
    if (!out) return failed();
    for (std::size_t written = 0; written < bytes.size();) {
        const ssize_t some = ::write(out.get(), bytes.data() + written, bytes.size() - written);
        if (some < 0) return failed();
        written += static_cast<std::size_t>(some);
    }
    if (::fchown(out.get(), user, group) != 0 || ::fchmod(out.get(), mode) != 0 || ::fsync(out.get()) != 0 ||
        ::rename(fresh.c_str(), file.c_str()) != 0)
        return failed();
    return {};
}

bool has_our_part(const std::string& ossec_conf) {
    return without_our_part(ossec_conf) != ossec_conf;
}

Written put_our_part(const Home& home) {
    const auto before = file_there(home.ossec_conf());
    if (!before) return {false, home.ossec_conf().string() + ": is no file that can be read"};
    std::string after = without_our_part(before->bytes);
    if (!after.empty() && after.back() != '\n') after += "\n";
    after.append(begin_mark).append(integration_text()).append(end_mark);
    return replace(home, *before, after);
}

Written take_our_part(const Home& home) {
    const auto before = file_there(home.ossec_conf());
    if (!before) return {false, home.ossec_conf().string() + ": is no file that can be read"};
    return replace(home, *before, without_our_part(before->bytes));
}

}  // namespace enrichd::wazuh
