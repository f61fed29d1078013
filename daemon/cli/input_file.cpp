#include "cli/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.hpp"

namespace enrichd {

InputFile::InputFile(const std::string& path) {
    Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || S_ISDIR(status.st_mode)) return;
    if (S_ISREG(status.st_mode)) size_ = static_cast<double>(status.st_size);
    file_.reset(::gzdopen(file.get(), "rb"));
    if (file_) file.release();
}

std::string InputFile::read(std::size_t most) {
    std::string out(most, '\0');
    const int got = ::gzread(file_.get(), out.data(), static_cast<unsigned>(most));
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    // zlib tells of a cut file only when it is closed, or by this.
    int state = Z_OK;
    if (out.size() < most) ::gzerror(file_.get(), &state);
    if (got < 0 || (state != Z_OK && state != Z_STREAM_END)) failed_ = true;
    return out;
}

double InputFile::share() const {
    if (size_ <= 0) return 0;
    return std::clamp(static_cast<double>(::gzoffset(file_.get())) / size_, 0.0, 1.0);
}

std::string whole_text_of(const std::string& file, std::string& why) {
    constexpr std::size_t max_size = 256 * 1024 * 1024;
    constexpr std::size_t block = 1024 * 1024;
    InputFile input(file);
    std::string text;
    if (!input.open()) {
        why = "is no file that can be read";
        return text;
    }
    for (std::string some = input.read(block); !some.empty() && text.size() <= max_size;
         some = input.read(block))
        text += some;
    const std::string_view front = std::string_view(text).substr(0, 512);
    if (input.failed())
        why = "cannot be read to its end";
    else if (text.size() > max_size)
        why = "is larger than 256 MiB";
    else if (front.starts_with("PK\x03\x04"))
        why = "is a ZIP archive: unpack it first";
    else if (front.starts_with("\xff\xfe") || front.starts_with("\xfe\xff") ||
             front.find('\0') != std::string_view::npos)
        why = "is UTF-16, or no text: convert it first (iconv -f UTF-16 -t UTF-8)";
    return text;
}

}  // namespace enrichd
