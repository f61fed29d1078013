#include "stages/otx/api_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/fd.hpp"

namespace enrichd {
namespace {

constexpr const char* variable = otx_key_variable;
constexpr const char* credential = "otx_api_key";
constexpr std::size_t max_file = 4096;
constexpr std::size_t usual_length = 64;

/// What /proc and ps show of a process is its first environment: the value is wiped where it stands.
const Secret& from_environment() {
    static const Secret key = [] {
        char* const value = std::getenv(variable);
        if (!value) return Secret();
        Secret out{std::string(value)};
        ::explicit_bzero(value, std::strlen(value));
        ::unsetenv(variable);
        return out;
    }();
    return key;
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(blank), text.size());
    text.remove_prefix(begin);
    return std::string(text.substr(0, text.find_last_not_of(blank) + 1));
}

bool printable(char c) {
    return c > ' ' && c <= '~';
}

bool hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

ApiKey checked(std::string_view text, std::string source) {
    ApiKey out{Secret(trimmed(text)), std::move(source), {}};
    const std::string& key = out.key.reveal();
    if (key.empty())
        out.problem = out.source + " is empty";
    else if (!std::all_of(key.begin(), key.end(), printable))
        out.problem = out.source + " holds more than one key, or characters that no key has";
    if (!out.problem.empty()) out.key = Secret();
    out.odd = key.size() != usual_length || !std::all_of(key.begin(), key.end(), hexadecimal);
    return out;
}

/// `ours`: systemd made it for us alone, whatever its mode shows.
ApiKey from_file(const std::string& path, bool ours) {
    ApiKey out{{}, path, {}};
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        out.problem = path + " cannot be read: " + std::strerror(errno);
        return out;
    }
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > max_file) {
        out.problem = path + " is no regular file of at most 4096 bytes";
        return out;
    }
    if (!ours && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        out.problem = path + " may be read or written by others: chown root:enrichd and chmod 0640 it";
        return out;
    }
    std::string text(max_file, '\0');
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) {
        out.problem = path + " cannot be read: " + std::strerror(errno);
        return out;
    }
    out = checked(std::string_view(text).substr(0, static_cast<std::size_t>(size)), path);
    ::explicit_bzero(text.data(), text.size());
    return out;
}

}  // namespace

ApiKey find_api_key(const std::string& file) {
    const Secret& given = from_environment();  // wiped in any case
    if (!file.empty()) return from_file(file, false);
    if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY")) {
        const std::string path = std::string(directory) + "/" + credential;
        if (::access(path.c_str(), F_OK) == 0) return from_file(path, true);
    }
    if (!given.empty()) return checked(given.reveal(), std::string("$") + variable);
    return {};
}

}  // namespace enrichd
