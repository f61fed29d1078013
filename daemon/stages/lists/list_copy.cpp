#include "stages/lists/list_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/read_file.hpp"
#include "base/replace_file.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_head = 64 * 1024;

/// Of access and of the last change.
std::array<timespec, 2> times_of(WallTime since) {
    const timespec time{since.time_since_epoch().count(), 0};
    return {time, time};
}

}  // namespace

result<ListCopy> ListCopy::read(const std::string& file) {
    auto whole = read_file_up_to(file, max_list_bytes + max_head);
    if (!whole) return whole.error();
    const std::size_t end = whole->find('\n');
    const Json head = Json::parse(whole->substr(0, std::min(end, max_head)), nullptr, false);
    if (end == std::string::npos || !head.is_object()) return errc::body_not_json;
    const auto text_at = [&head](const char* key) {
        const auto found = head.find(key);
        return found != head.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    ListCopy copy{text_at("from"), text_at("etag"), text_at("last_modified")};
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return last_error();
    copy.since = WallTime(std::chrono::seconds(status.st_mtim.tv_sec));
    whole->erase(0, end + 1);
    const auto bytes = head.find("bytes");
    if (bytes == head.end() || *bytes != whole->size()) return errc::body_not_json;  // it is cut
    copy.text = *std::move(whole);
    return copy;
}

error ListCopy::write(const std::string& file) const {
    const Json head{{"from", from}, {"etag", etag}, {"last_modified", last_modified}, {"bytes", text.size()}};
    const std::string line = head.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
    return replace_file(file, std::array<std::string_view, 2>{line, text}, since);
}

result<void> ListCopy::confirm(const std::string& file, WallTime since) {
    const auto times = times_of(since);
    if (::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) != 0) return last_error();
    return {};
}

}  // namespace enrichd
