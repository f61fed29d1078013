#include "net/server_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

namespace enrichd {
namespace {

constexpr std::int64_t max_pem_file = 1024 * 1024;

bool others_may_use(const std::string& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0;
}

}  // namespace

result<std::shared_ptr<ServerTls>> ServerTls::make(const std::string& certificate_file,
                                                   const std::string& key_file) {
    std::shared_ptr<ServerTls> tls(new ServerTls(certificate_file, key_file));
    // What is no regular file may keep its reader waiting.
    for (const File* file : {&tls->certificate_, &tls->key_}) {
        if (!file->state) return file->state.error();
        if (file->state->size > max_pem_file) return errc::file_too_large;
        if (::access(file->path.c_str(), R_OK) != 0) return last_error();
    }
    if (others_may_use(key_file)) return errc::key_file_open;
    SSL_CTX* context = tls->context_.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory here
    // Nobody is there to be asked for a passphrase.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
    boost::system::error_code ec;
    tls->context_.use_certificate_chain_file(certificate_file, ec);
    if (!ec) tls->context_.use_private_key_file(key_file, boost::asio::ssl::context::pem, ec);
    const bool fit = !ec && SSL_CTX_check_private_key(context) == 1;
    ERR_clear_error();
    if (!fit) return errc::tls_failed;
    return tls;
}

bool ServerTls::outdated() const {
    return state_of(certificate_.path) != certificate_.state || state_of(key_.path) != key_.state;
}

std::string ServerTls::why_not(const error& why) const {
    return wrong_server_certificate(certificate_.path, key_.path, why);
}

std::string wrong_server_certificate(const std::string& certificate_file, const std::string& key_file,
                                     const error& why) {
    if (certificate_file.empty() || key_file.empty()) return "a certificate and its key are needed, both";
    if (why == errc::key_file_open)
        return key_file + " may be read or written by others: chown root:enrichd and chmod 0640 it";
    const std::string files = certificate_file + " and " + key_file;
    if (why != errc::tls_failed) return files + " cannot be read: " + why.message();
    return files + " do not hold a PEM certificate and its matching, unencrypted key";
}

}  // namespace enrichd
