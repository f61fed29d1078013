#include "net/page_policy.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace enrichd {
namespace {

/// What stands between <NAME> and </NAME>.
std::string_view inside(std::string_view page, const std::string& name) {
    const std::size_t from = page.find("<" + name + ">") + name.size() + 2;
    return page.substr(from, page.find("</" + name + ">") - from);
}

std::string sha256(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> base64{};
    ::EVP_Digest(text.data(), text.size(), digest.data(), nullptr, ::EVP_sha256(), nullptr);
    ::EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string("'sha256-") + reinterpret_cast<const char*>(base64.data()) + "'";
}

}  // namespace

std::string page_policy(std::string_view page) {
    return "default-src 'none'; script-src " + sha256(inside(page, "script")) + "; style-src " +
           sha256(inside(page, "style")) +
           "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace enrichd
