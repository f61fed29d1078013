#include "store/log_check.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/fd.hpp"

namespace enrichd {
namespace {

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t header_size = 32;
constexpr std::size_t frame_header_size = 24;
constexpr std::uint32_t magic = 0x377f0682;  // its last bit says in which byte order sums are made

using Bytes = std::vector<unsigned char>;

std::uint32_t big_endian(const unsigned char* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

std::uint32_t little_endian(const unsigned char* at) {
    return std::uint32_t{at[3]} << 24 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[1]} << 8 | at[0];
}

struct Sum {
    std::array<std::uint32_t, 2> value{};

    void add(const unsigned char* bytes, std::size_t size, bool big) {
        const auto word = big ? big_endian : little_endian;
        for (std::size_t at = 0; at + 8 <= size; at += 8) {
            value[0] += word(bytes + at) + value[1];
            value[1] += word(bytes + at + 4) + value[0];
        }
    }
    bool is(const unsigned char* stored) const {
        return value[0] == big_endian(stored) && value[1] == big_endian(stored + 4);
    }
};

/// False at the end of the file.
bool read(const Fd& file, std::uint64_t at, Bytes& into) {
    return ::pread(file.get(), into.data(), into.size(), static_cast<off_t>(at)) ==
           static_cast<ssize_t>(into.size());
}

}  // namespace

bool log_is_damaged(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    Bytes header(header_size);
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !read(file, 0, header)) return false;
    const bool big = (big_endian(header.data()) & 1) != 0;
    Sum sum;
    sum.add(header.data(), 24, big);
    const std::uint32_t page = big_endian(&header[8]);
    const bool header_is_good = (big_endian(header.data()) & ~std::uint32_t{1}) == magic && page >= 512 &&
                                page <= 65'536 && sum.is(&header[24]);
    constexpr off_t one_frame = header_size + frame_header_size + 512;
    if (!header_is_good) return status.st_size >= one_frame;

    // Behind the first frame that does not fit into the chain of sums only remains of an older log may stand,
    // which have two other salts, and what was not committed.
    bool readable = true;
    Bytes frame(frame_header_size + page);
    for (std::uint64_t at = header_size; read(file, at, frame); at += frame.size()) {
        const bool salt_1 = big_endian(&frame[8]) == big_endian(&header[16]);
        const bool salt_2 = big_endian(&frame[12]) == big_endian(&header[20]);
        if (readable) {
            sum.add(frame.data(), 8, big);
            sum.add(&frame[frame_header_size], page, big);
            readable = salt_1 && salt_2 && sum.is(&frame[16]);
        }
        const bool ends_a_commit = big_endian(&frame[4]) != 0;
        if (!readable && (salt_1 || salt_2) && ends_a_commit) return true;
    }
    return false;
}

}  // namespace enrichd
