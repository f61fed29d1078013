#include "admin/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace enrichd {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Field `number` of /proc/self/stat, counted as in proc(5): from 3 on, behind the program's name.
std::uint64_t stat_field(const std::string& stat, unsigned number) {
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream fields(stat.substr(name_end + 1));
    std::string field;
    for (unsigned at = 2; at < number && fields >> field; ++at) {
    }
    std::uint64_t value = 0;
    std::istringstream(field) >> value;
    return value;
}

}  // namespace

ProcessFigures process_figures() {
    ProcessFigures out;
    std::string stat;
    std::getline(std::ifstream("/proc/self/stat"), stat);
    constexpr unsigned threads = 20;
    constexpr unsigned virtual_bytes = 23;
    constexpr unsigned resident_pages = 24;
    out.threads = stat_field(stat, threads);
    out.virtual_bytes = stat_field(stat, virtual_bytes);
    out.resident_bytes =
        stat_field(stat, resident_pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0)
        out.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) out.max_files = files.rlim_cur;
    std::error_code none_then;
    for (std::filesystem::directory_iterator at("/proc/self/fd", none_then), end; at != end;
         at.increment(none_then))
        ++out.open_files;
    if (out.open_files > 0) --out.open_files;  // the one that was open for looking
    return out;
}

}  // namespace enrichd
