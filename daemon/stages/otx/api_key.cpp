#include "stages/otx/api_key.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/secret_file.hpp"

namespace enrichd {
namespace {

constexpr const char* variable = otx_key_variable;
constexpr const char* credential = "otx_api_key";
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

bool hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

ApiKey checked(SecretFile found, std::string source) {
    ApiKey out{std::move(found.secret), std::move(source), std::move(found.problem)};
    const std::string& key = out.key.reveal();
    out.odd = key.size() != usual_length || !std::all_of(key.begin(), key.end(), hexadecimal);
    return out;
}

}  // namespace

ApiKey find_api_key(const std::string& file) {
    const Secret& given = from_environment();  // wiped in any case
    if (!file.empty()) return checked(read_secret_file(file), file);
    if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY")) {
        const std::string path = std::string(directory) + "/" + credential;
        if (::access(path.c_str(), F_OK) == 0) return checked(read_secret_file(path, true), path);
    }
    const std::string source = std::string("$") + variable;
    return given.empty() ? ApiKey() : checked(secret_of(given.reveal(), source), source);
}

}  // namespace enrichd
