#include "stages/lists/list_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fd.hpp"
#include "base/read_file.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_head = 64 * 1024;

error write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ::ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

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
    const std::filesystem::path path(file);
    std::error_code ec;
    std::filesystem::create_directories(path.parent_path(), ec);
    if (ec) return ec;
    const Json head{{"from", from}, {"etag", etag}, {"last_modified", last_modified}, {"bytes", text.size()}};
    std::string fresh = file + ".XXXXXX";  // of its own: another writer may be at work
    const Fd out(::mkostemp(fresh.data(), O_CLOEXEC));
    if (!out) return last_error();
    error failure = write_all(out.get(), head.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
    if (!failure) failure = write_all(out.get(), text);
    if (!failure && ::fchmod(out.get(), 0640) != 0) failure = last_error();
    const auto times = times_of(since);
    if (!failure && ::futimens(out.get(), times.data()) != 0) failure = last_error();
    if (!failure && ::fsync(out.get()) != 0) failure = last_error();
    if (!failure && ::rename(fresh.c_str(), file.c_str()) != 0) failure = last_error();
    if (failure) {
        ::unlink(fresh.c_str());
        return failure;
    }
    const Fd directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) return last_error();
    return {};
}

result<void> ListCopy::confirm(const std::string& file, WallTime since) {
    const auto times = times_of(since);
    if (::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) != 0) return last_error();
    return {};
}

}  // namespace enrichd
