#include "net/server_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

namespace enrichd {

result<std::shared_ptr<ServerTls>> ServerTls::make(const std::string& certificate_file,
                                                   const std::string& key_file) {
    std::shared_ptr<ServerTls> tls(new ServerTls(certificate_file, key_file));
    for (const std::string& file : {certificate_file, key_file})
        if (::access(file.c_str(), R_OK) != 0) return last_error();
    SSL_CTX* context = tls->context_.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // Nobody is there to be asked for one.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
    boost::system::error_code ec;
    tls->context_.use_certificate_chain_file(certificate_file, ec);
    if (!ec) tls->context_.use_private_key_file(key_file, boost::asio::ssl::context::pem, ec);
    ERR_clear_error();
    if (ec || SSL_CTX_check_private_key(context) != 1) return errc::tls_failed;
    return tls;
}

bool ServerTls::outdated() const {
    return state_of(certificate_.path) != certificate_.state || state_of(key_.path) != key_.state;
}

std::string wrong_server_certificate(const std::string& certificate_file, const std::string& key_file,
                                     const error& why) {
    if (certificate_file.empty() || key_file.empty()) return "a certificate and its key are needed, both";
    const std::string files = certificate_file + " and " + key_file;
    if (why != errc::tls_failed) return files + " cannot be read: " + why.message();
    return files + " are no PEM certificate and its key without a passphrase";
}

}  // namespace enrichd
