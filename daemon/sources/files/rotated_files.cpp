#include "sources/files/rotated_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/clock.hpp"

namespace enrichd {
namespace {

namespace fs = std::filesystem;

using Order = std::array<std::int64_t, 4>;

/// What is known of the order of rotated files by their names.
enum class Naming : std::uint8_t {
    wazuh,    // year, month, day and number
    counted,  // file.2 is older than file.1
    dated,    // file-20261128
    unknown   // by the time of the last change
};

struct Found {
    Naming naming;
    Order by_name;
    Order by_time;
    std::string name;  // without .gz
    bool compressed;
    RotatedFile file;
};

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || text.size() > 9 || failure != std::errc() || end != text.data() + text.size() ||
        out < 0)
        return std::nullopt;
    return out;
}

std::optional<std::int64_t> month(std::string_view text) {
    static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return found - names.begin();
}

/// Day and number of "ossec-alerts-29-001.json".
std::optional<std::pair<std::int64_t, std::int64_t>> day_of(std::string_view name,
                                                            std::string_view extension) {
    if (!name.starts_with("ossec-") || !name.ends_with(extension)) return std::nullopt;
    name.remove_suffix(extension.size());
    name.remove_prefix(std::min(name.size(), name.find('-', 6) + 1));
    const std::size_t dash = name.find('-');
    const auto day = number(name.substr(0, dash));
    const auto part = dash == std::string_view::npos ? 0 : number(name.substr(dash + 1));
    if (!day || !part) return std::nullopt;
    return std::pair(*day, *part);
}

/// Of what logrotate appends to a name.
std::pair<Naming, Order> named_by(std::string_view appended) {
    constexpr std::size_t counter_digits = 4;
    constexpr std::size_t date_digits = 8;
    const auto counter = number(appended.substr(1));
    if (counter && appended.front() == '.' && appended.size() <= 1 + counter_digits)
        return {Naming::counted, {-*counter}};
    std::string digits;
    for (const char letter : appended)
        if (letter >= '0' && letter <= '9') digits.push_back(letter);
    const auto date = number(std::string_view(digits).substr(0, date_digits));
    const auto rest = number(std::string_view(digits).substr(std::min(digits.size(), date_digits)));
    if (digits.size() < date_digits || (digits.size() > date_digits && !rest)) return {Naming::unknown, {}};
    return {Naming::dated, {date.value_or(0), rest.value_or(-1)}};
}

/// Calls `use(path, name)` for each entry of a directory, which may be away.
template <class Use>
void each_entry(const fs::path& directory, std::error_code& failure, Use use) {
    std::error_code error;
    for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
        use(at->path(), at->path().filename().string());
    if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
        failure = error;
}

class Search {
  public:
    explicit Search(const std::string& path) : path_(path) {}

    result<std::vector<RotatedFile>> run() {
        const fs::path directory = path_.parent_path();
        each_entry(directory, failure_, [&](const fs::path& path, const std::string& name) {
            if (number(name)) look_at_year(path, *number(name));
            look_at_neighbour(path, name);
        });
        if (failure_) return error(failure_.value(), boost::system::system_category());
        // Where Wazuh rotates nobody else does, and the two orders cannot be compared.
        if (has(Naming::wazuh))
            std::erase_if(found_, [](const Found& one) { return one.naming != Naming::wazuh; });
        return sorted();
    }

  private:
    void look_at_year(const fs::path& directory, std::int64_t year) {
        each_entry(directory, failure_, [&](const fs::path& path, const std::string& name) {
            if (month(name)) look_at_month(path, year, *month(name));
        });
    }
    void look_at_month(const fs::path& directory, std::int64_t year, std::int64_t month) {
        each_entry(directory, failure_, [&](const fs::path& path, std::string name) {
            const bool compressed = take_off_gz(name);
            if (const auto day = day_of(name, path_.extension().string()))
                add(path, name, compressed, {Naming::wazuh, {year, month, day->first, day->second}});
        });
    }
    void look_at_neighbour(const fs::path& path, std::string name) {
        const std::string own = path_.filename().string();
        if (name.size() <= own.size() + 1 || !name.starts_with(own) ||
            (name[own.size()] != '.' && name[own.size()] != '-'))
            return;
        const bool compressed = take_off_gz(name);
        // What somebody else has put beside it, such as eve.json.bak, is none of them.
        if (name.find_first_not_of("0123456789-._", own.size()) != std::string::npos) return;
        add(path, name, compressed, named_by(std::string_view(name).substr(own.size())));
    }
    static bool take_off_gz(std::string& name) {
        if (!name.ends_with(".gz")) return false;
        name.resize(name.size() - 3);
        return true;
    }
    void add(const fs::path& path, const std::string& name, bool compressed,
             std::pair<Naming, Order> naming) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
        RotatedFile file{path.string(), status.st_dev, status.st_ino,
                         static_cast<std::uint64_t>(status.st_size),
                         std::chrono::seconds(status.st_mtim.tv_sec)};
        found_.push_back({naming.first, naming.second, Order{status.st_mtim.tv_sec, status.st_mtim.tv_nsec},
                          (path.parent_path() / name).string(), compressed, std::move(file)});
    }
    bool has(Naming naming) const {
        return std::any_of(found_.begin(), found_.end(),
                           [naming](const Found& one) { return one.naming == naming; });
    }
    /// Wazuh's names have one meaning. Others may count upwards or begin with the day, so that only the times
    /// tell, unless a clock that was set back has made these useless: a file was written in the future then.
    /// Names of two kinds cannot be compared.
    bool names_tell() const {
        if (has(Naming::wazuh)) return true;
        const auto now = WallClock::now().time_since_epoch();
        const bool set_back = std::any_of(found_.begin(), found_.end(), [now](const Found& one) {
            return one.file.written > now + std::chrono::seconds(1);
        });
        return set_back && !has(Naming::unknown) && has(Naming::counted) != has(Naming::dated);
    }
    std::vector<RotatedFile> sorted() {
        const auto order = names_tell() ? &Found::by_name : &Found::by_time;
        std::sort(found_.begin(), found_.end(), [order](const Found& a, const Found& b) {
            return std::tie(a.*order, a.name, a.compressed) < std::tie(b.*order, b.name, b.compressed);
        });
        std::vector<RotatedFile> out;
        std::set<std::string_view> plain;
        for (const Found& one : found_)
            if (!one.compressed) plain.insert(one.name);
        for (Found& one : found_)
            if (!one.compressed || !plain.contains(one.name)) out.push_back(std::move(one.file));
        return out;
    }

    const fs::path path_;
    std::vector<Found> found_;
    std::error_code failure_;
};

bool is_same(const RotatedFile& a, const RotatedFile& b) {
    return a.path == b.path && a.device == b.device && a.inode == b.inode;
}

constexpr int most_readings = 10;

}  // namespace

/// A file that is renamed while its directory is read may be left out.
result<std::vector<RotatedFile>> rotated_files(const std::string& path) {
    auto found = Search(path).run();
    for (int readings = 1; found && readings < most_readings; ++readings) {
        auto again = Search(path).run();
        if (!again) return again;
        if (std::equal(found->begin(), found->end(), again->begin(), again->end(), is_same)) return again;
        found = std::move(again);
    }
    if (!found) return found;
    return error(make_error_code(boost::system::errc::resource_unavailable_try_again));
}

}  // namespace enrichd
