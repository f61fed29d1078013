#include "net/basic_auth.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <boost/beast/core/string.hpp>

#include <string>
#include <utility>

namespace enrichd {
namespace {

constexpr std::string_view scheme = "Basic ";

bool same(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

Secret basic_auth(std::string_view user_and_password) {
    std::string out(scheme.size() + 4 * ((user_and_password.size() + 2) / 3) + 1, '\0');  // with a final zero
    out.replace(0, scheme.size(), scheme);
    ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + scheme.size()),
                      reinterpret_cast<const unsigned char*>(user_and_password.data()),
                      static_cast<int>(user_and_password.size()));
    out.pop_back();
    return Secret(std::move(out));
}

Secret basic_auth(std::string_view user, const Secret& password) {
    std::string both(user);
    both.append(":").append(password.reveal());
    Secret out = basic_auth(both);
    ::OPENSSL_cleanse(both.data(), both.size());
    return out;
}

bool is_basic_auth(std::string_view header, const Secret& wanted) {
    const std::string_view begin = header.substr(0, scheme.size());
    return boost::beast::iequals({begin.data(), begin.size()}, {scheme.data(), scheme.size()}) &&
           same(header.substr(begin.size()), std::string_view(wanted.reveal()).substr(scheme.size()));
}

bool same_secret(std::string_view given, const Secret& secret) {
    return !secret.empty() && same(given, secret.reveal());
}

}  // namespace enrichd
