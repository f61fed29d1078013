#include "net/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace enrichd {
namespace {

constexpr int gzip_only = 16 + MAX_WBITS;
constexpr std::size_t step = 64 * 1024;

}  // namespace

result<std::string> gunzip(std::string_view packed, std::size_t most) {
    z_stream stream{};
    if (inflateInit2(&stream, gzip_only) != Z_OK) return errc::body_encoding;
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());

    std::string text;
    for (;;) {
        const std::size_t had = text.size();
        const std::size_t room = std::min(step, most + 1 - had);  // one more tells that it is too large
        text.resize(had + room);
        stream.next_out = reinterpret_cast<Bytef*>(text.data() + had);
        stream.avail_out = static_cast<uInt>(room);
        const int state = inflate(&stream, Z_NO_FLUSH);
        text.resize(text.size() - stream.avail_out);
        if (text.size() > most) return errc::body_too_large;
        if (state == Z_STREAM_END && stream.avail_in == 0) return text;
        // No progress with all of the input seen: it was cut.
        if (state != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) return errc::body_encoding;
    }
}

}  // namespace enrichd
