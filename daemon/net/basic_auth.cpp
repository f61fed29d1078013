#include "net/basic_auth.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <string>
#include <utility>

namespace enrichd {

Secret basic_auth(std::string_view user_and_password) {
    constexpr std::string_view scheme = "Basic ";
    std::string out(scheme.size() + 4 * ((user_and_password.size() + 2) / 3) + 1, '\0');  // with a final zero
    out.replace(0, scheme.size(), scheme);
    ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + scheme.size()),
                      reinterpret_cast<const unsigned char*>(user_and_password.data()),
                      static_cast<int>(user_and_password.size()));
    out.pop_back();
    return Secret(std::move(out));
}

bool same_secret(std::string_view given, const Secret& secret) {
    const std::string& wanted = secret.reveal();
    return !wanted.empty() && given.size() == wanted.size() &&
           ::CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace enrichd
