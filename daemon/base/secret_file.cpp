#include "base/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_file = 4096;

std::string trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(blank), text.size());
    text.remove_prefix(begin);
    return std::string(text.substr(0, text.find_last_not_of(blank) + 1));
}

bool printable(char c) {
    return c > ' ' && c <= '~';
}

}  // namespace

SecretFile secret_of(std::string_view text, const std::string& source) {
    SecretFile out{Secret(trimmed(text)), {}};
    const std::string& secret = out.secret.reveal();
    if (secret.empty())
        out.problem = source + " is empty";
    else if (!std::all_of(secret.begin(), secret.end(), printable))
        out.problem = source + " holds more than one word, or characters other than printable ASCII";
    if (!out.problem.empty()) out.secret = Secret();
    return out;
}

SecretFile read_secret_file(const std::string& path, bool ours) {
    const auto cannot = [&path](const char* why) { return SecretFile{{}, path + why}; };
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return {{}, path + " cannot be read: " + std::strerror(errno)};
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > max_file)
        return cannot(" is no regular file of at most 4096 bytes");
    if (!ours && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return cannot(" may be read or written by others: chown root:enrichd and chmod 0640 it");
    std::string text(max_file, '\0');
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) return {{}, path + " cannot be read: " + std::strerror(errno)};
    SecretFile out = secret_of(std::string_view(text).substr(0, static_cast<std::size_t>(size)), path);
    ::explicit_bzero(text.data(), text.size());
    return out;
}

}  // namespace enrichd
