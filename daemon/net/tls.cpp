#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>
#include <boost/asio/ip/address.hpp>

#include <cerrno>
#include <utility>

namespace enrichd {
namespace {

/// Where a context keeps the address of its Tls. Asio uses index 0.
int owner_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

bool is_address(const std::string& host) {
    boost::system::error_code ec;
    boost::asio::ip::make_address(host, ec);
    return !ec;
}

}  // namespace

Tls::Tls(std::string host, std::string ca_file)
    : host_(std::move(host)), ca_file_(std::move(ca_file)), ca_state_(state_of(ca_file_)) {
    SSL_CTX* context = context_.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    context_.set_verify_mode(boost::asio::ssl::verify_peer);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(context, owner_index(), this);
    SSL_CTX_sess_set_new_cb(context, keep_session);
}

result<std::shared_ptr<Tls>> Tls::make(std::string host, const std::string& ca_file) {
    std::shared_ptr<Tls> tls(new Tls(std::move(host), ca_file));
    boost::system::error_code ec;
    if (ca_file.empty()) {
        tls->context_.set_default_verify_paths(ec);
    } else {
        // What is no regular file may keep its reader waiting.
        if (!tls->ca_state_) return tls->ca_state_.error();
        if (::access(ca_file.c_str(), R_OK) != 0) return last_error();
        tls->context_.load_verify_file(ca_file, ec);
    }
    ERR_clear_error();
    if (ec) return errc::tls_failed;
    return tls;
}

bool Tls::prepare(SSL* connection) {
    X509_VERIFY_PARAM* wanted = SSL_get0_param(connection);
    if (session_) {
        // A copy each time, as in keep_session.
        const std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> copy(SSL_SESSION_dup(session_.get()),
                                                                        SSL_SESSION_free);
        SSL_set_session(connection, copy.get());
    }
    if (is_address(host_)) return X509_VERIFY_PARAM_set1_ip_asc(wanted, host_.c_str()) == 1;
    return X509_VERIFY_PARAM_set1_host(wanted, host_.c_str(), host_.size()) == 1 &&
           SSL_set_tlsext_host_name(connection, host_.c_str()) == 1;
}

bool Tls::outdated() const {
    return state_of(ca_file_) != ca_state_;
}

int Tls::keep_session(SSL* connection, SSL_SESSION* session) {
    auto* self = static_cast<Tls*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), owner_index()));
    // A copy: OpenSSL spoils its own when the connection ends without a farewell, and HTTP needs none.
    self->session_.reset(SSL_SESSION_dup(session));
    return 0;
}

error Tls::failure_of(SSL* connection) {
    switch (SSL_get_verify_result(connection)) {
        case X509_V_OK:
            return errc::tls_failed;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return errc::certificate_expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return errc::certificate_not_yet_valid;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return errc::certificate_wrong_host;
        default:
            return errc::certificate_untrusted;
    }
}

std::string wrong_certificates(const std::string& ca_file) {
    if (ca_file.empty()) return {};
    const auto trusted = Tls::make("localhost", ca_file);
    if (trusted) return {};
    if (trusted.error() != errc::tls_failed) return ca_file + " cannot be read: " + trusted.error().message();
    return ca_file + " holds no PEM certificate";
}

}  // namespace enrichd
