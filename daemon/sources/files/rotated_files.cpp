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

namespace enrichd {
namespace {

namespace fs = std::filesystem;

/// By what they are sorted: of Wazuh's year, month, day and number, of others the time of the last change.
using Order = std::array<std::int64_t, 4>;

struct Found {
    Order order;
    std::string name;  // without .gz
    bool compressed;
    bool dated;  // by Wazuh
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
        if (dated_) std::erase_if(found_, [](const Found& one) { return !one.dated; });
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
                add(path, name, compressed, Order{year, month, day->first, day->second});
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
        add(path, name, compressed, std::nullopt);
    }
    static bool take_off_gz(std::string& name) {
        if (!name.ends_with(".gz")) return false;
        name.resize(name.size() - 3);
        return true;
    }
    void add(const fs::path& path, const std::string& name, bool compressed, std::optional<Order> order) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
        dated_ = dated_ || order.has_value();
        const Order written{status.st_mtim.tv_sec, status.st_mtim.tv_nsec, 0, 0};
        RotatedFile file{path.string(), status.st_dev, status.st_ino,
                         static_cast<std::uint64_t>(status.st_size),
                         std::chrono::seconds(status.st_mtim.tv_sec)};
        found_.push_back({order.value_or(written), (path.parent_path() / name).string(), compressed,
                          order.has_value(), std::move(file)});
    }
    std::vector<RotatedFile> sorted() {
        std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
            return std::tie(a.order, a.name, a.compressed) < std::tie(b.order, b.name, b.compressed);
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
    bool dated_ = false;
    std::error_code failure_;
};

}  // namespace

result<std::vector<RotatedFile>> rotated_files(const std::string& path) {
    return Search(path).run();
}

}  // namespace enrichd
