#include "pipeline/sha256.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace enrichd {

/// OpenSSL 3 looks its algorithm up at each use unless it is kept.
Sha256 sha256(std::string_view bytes) {
    thread_local const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
    Sha256 digest{};
    const bool done = EVP_DigestInit_ex2(state.get(), algorithm.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(state.get(), bytes.data(), bytes.size()) == 1 &&
                      EVP_DigestFinal_ex(state.get(), digest.data(), nullptr) == 1;
    if (!done) throw std::runtime_error("OpenSSL has no SHA-256");
    return digest;
}

}  // namespace enrichd
