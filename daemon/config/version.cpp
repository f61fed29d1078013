#include "config/version.hpp"

#include <idn2.h>
#include <libpsl.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <zlib.h>
#include <boost/version.hpp>

#include <nlohmann/json.hpp>

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

std::string numbered(int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

/// As linked, where a library knows; else as compiled in.
Json libraries() {
    constexpr int boost_minor = BOOST_VERSION / 100 % 1000;
    return {{"boost", numbered(BOOST_VERSION / 100'000, boost_minor, BOOST_VERSION % 100)},
            {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)},
            {"sqlite", ::sqlite3_libversion()},
            {"libpsl", ::psl_get_version()},
            {"libidn2", ::idn2_check_version(nullptr)},
            {"zlib", ::zlibVersion()},
            {"spdlog", numbered(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
            {"nlohmann-json", numbered(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                       NLOHMANN_JSON_VERSION_PATCH)}};
}

Json all() {
    return {{"version", version},
            {"build", ENRICHD_BUILD},
            {"compiler", __VERSION__},
            {"libraries", libraries()}};
}

}  // namespace

const char* const version = ENRICHD_VERSION;

std::string version_text() {
    const Json what = all();
    std::string out = "enrichd " + what["version"].get<std::string>() + "\nbuild " +
                      what["build"].get<std::string>() + "\ncompiler " + what["compiler"].get<std::string>() +
                      "\n";
    for (const auto& [name, number] : what["libraries"].items())
        out += name + " " + number.get<std::string>() + "\n";
    return out;
}

std::string version_json() {
    return all().dump(2) + "\n";
}

}  // namespace enrichd
