#include "sources/files/open_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>

#include "base/clock.hpp"
#include "pipeline/sha256.hpp"

namespace enrichd {
namespace {

/// A shorter head may be that of another file too: then the inode has to be the same.
constexpr std::size_t head_that_tells = 64;

constexpr unsigned unpack_buffer = 128 * 1024;  // bytes

std::string hexadecimal(const Sha256& digest) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : digest) {
        out.push_back(digits[byte >> 4U]);
        out.push_back(digits[byte & 15U]);
    }
    return out;
}

/// In nanoseconds since 1970; 0 where the file system does not know.
std::int64_t creation_time(int fd) {
    struct statx status {};
    const bool known =
        ::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME) != 0;
    constexpr std::int64_t second = 1'000'000'000;
    return known ? status.stx_btime.tv_sec * second + status.stx_btime.tv_nsec : 0;
}

bool begins_compressed(int fd) {
    std::array<unsigned char, 3> magic{};
    return ::pread(fd, magic.data(), magic.size(), 0) == static_cast<ssize_t>(magic.size()) &&
           magic[0] == 0x1f && magic[1] == 0x8b && magic[2] == 8;
}

template <class Read>
result<std::size_t> without_interrupts(Read read) {
    for (;;) {
        const ssize_t got = read();
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return last_error();
    }
}

}  // namespace

result<std::shared_ptr<OpenFile>> OpenFile::open(const std::string& path) {
    auto out = std::make_shared<OpenFile>(path);
    // What is no regular file must not be waited for.
    out->file_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!out->file_) return last_error();
    struct stat status {};
    if (::fstat(out->file_.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return errc::file_not_regular;
    out->device_ = status.st_dev;
    out->inode_ = status.st_ino;
    out->created_ = creation_time(out->file_.get());
    if (begins_compressed(out->file_.get())) {
        Fd own(::fcntl(out->file_.get(), F_DUPFD_CLOEXEC, 0));
        if (!own) return last_error();
        out->packed_ = ::gzdopen(own.get(), "rb");
        if (!out->packed_)
            return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
        own.release();
        ::gzbuffer(out->packed_, unpack_buffer);
    }
    return out;
}

OpenFile::~OpenFile() {
    if (packed_) ::gzclose_r(packed_);
}

result<std::size_t> OpenFile::read(std::uint64_t offset, std::span<char> to) {
    if (packed_) return unpack(offset, to);
    return without_interrupts(
        [&] { return ::pread(file_.get(), to.data(), to.size(), static_cast<off_t>(offset)); });
}

result<std::size_t> OpenFile::unpack(std::uint64_t offset, std::span<char> to) {
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<z_off_t>::max())) return std::size_t{0};
    const auto wanted = static_cast<z_off_t>(offset);
    ::gzclearerr(packed_);
    if (::gztell(packed_) != wanted && ::gzseek(packed_, wanted, SEEK_SET) != wanted)
        return errc::file_damaged;
    const int got = ::gzread(packed_, to.data(), static_cast<unsigned>(to.size()));
    int code = Z_OK;
    ::gzerror(packed_, &code);
    if (got > 0 || code == Z_OK || code == Z_STREAM_END) return static_cast<std::size_t>(std::max(got, 0));
    ::gzrewind(packed_);  // what is missing may be there later
    return errc::file_damaged;
}

std::optional<result<std::size_t>> OpenFile::read_now(std::uint64_t offset, std::span<char> to) const {
    if (packed_) return std::nullopt;
    const iovec part{to.data(), to.size()};
    auto got = without_interrupts(
        [&] { return ::preadv2(file_.get(), &part, 1, static_cast<off_t>(offset), RWF_NOWAIT); });
    if (!got && (got.error() == boost::system::errc::resource_unavailable_try_again ||
                 got.error() == boost::system::errc::operation_not_supported ||
                 got.error() == boost::system::errc::function_not_supported))
        return std::nullopt;
    return got;
}

std::optional<std::uint64_t> OpenFile::size() const {
    struct stat status {};
    if (packed_ || ::fstat(file_.get(), &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

std::chrono::seconds OpenFile::written() const {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0) return {};
    return std::chrono::seconds(status.st_mtim.tv_sec);
}

std::chrono::seconds OpenFile::age() const {
    const std::chrono::seconds now = wall_seconds(WallClock::now()).time_since_epoch();
    return std::max(now - written(), std::chrono::seconds(0));
}

result<std::string> OpenFile::head(std::size_t size) {
    std::string head(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const auto got = read(have, std::span(head).subspan(have));
        if (!got) return got.error();
        if (*got == 0) break;
        have += *got;
    }
    head.resize(have);
    return head;
}

result<FileIdentity> OpenFile::identity() {
    const auto text = head(FileIdentity::longest_head);
    if (!text) return text.error();
    return FileIdentity{device_, inode_, text->size(), hexadecimal(sha256(*text)), created_};
}

bool OpenFile::has_inode_of(const FileIdentity& known) const {
    const bool may_be_older = known.created == 0 || created_ == 0;
    return known.device == device_ && known.inode == inode_ && (may_be_older || known.created == created_);
}

bool OpenFile::is(const FileIdentity& known) {
    const bool same_inode = has_inode_of(known);
    if (known.head.empty()) return same_inode;  // a damaged one has no head that could be read
    if (known.head_size > FileIdentity::longest_head || (!same_inode && known.head_size < head_that_tells))
        return false;
    const auto text = head(known.head_size);
    return text && text->size() == known.head_size && hexadecimal(sha256(*text)) == known.head;
}

std::optional<std::string> OpenFile::head_now(std::size_t size) const {
    std::string head(size, '\0');
    const auto got = read_now(0, head);
    if (!got || !*got) return std::nullopt;
    head.resize(**got);
    return head;
}

std::optional<FileIdentity> OpenFile::identity_now() const {
    const auto text = head_now(FileIdentity::longest_head);
    if (!text) return std::nullopt;
    return FileIdentity{device_, inode_, text->size(), hexadecimal(sha256(*text)), created_};
}

std::optional<bool> OpenFile::begins_now(const FileIdentity& known) const {
    const auto text = head_now(known.head_size);
    if (!text) return std::nullopt;
    return text->size() == known.head_size && hexadecimal(sha256(*text)) == known.head;
}

error OpenFile::lock() const {
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EWOULDBLOCK) return errc::file_followed_already;
    return {};  // a file system without locks
}

}  // namespace enrichd
