// TLS to one server: who is trusted, whom the certificate must name, and the session to take up again.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

#include "base/file_state.hpp"
#include "base/result.hpp"

namespace enrichd {

class Tls {
  public:
    /// TLS 1.2 or later to `host`, a name or an address. `ca_file` is a file of PEM certificates that are
    /// trusted instead of the system's store. Errors: the system's when it cannot be read, file_not_regular,
    /// tls_failed when there is no certificate in it.
    [[nodiscard]] static result<std::shared_ptr<Tls>> make(std::string host, const std::string& ca_file);

    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    boost::asio::ssl::context& context() { return context_; }

    /// To be called on a new connection before its handshake. This must outlive the connection. False when
    /// the host cannot be verified, and nothing must be said to it.
    [[nodiscard]] bool prepare(SSL* connection);

    /// Whether `ca_file` is no longer what it was when this was made.
    bool outdated() const;

    /// What a failed handshake failed of. Errors: certificate_untrusted, certificate_expired,
    /// certificate_not_yet_valid, certificate_wrong_host, tls_failed.
    static error failure_of(SSL* connection);

  private:
    Tls(std::string host, std::string ca_file);

    static int keep_session(SSL* connection, SSL_SESSION* session);

    std::string host_;
    std::string ca_file_;
    result<FileState> ca_state_;
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
    std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session_{nullptr, SSL_SESSION_free};
};

/// Why a file of certificates to trust cannot be used; empty when it can, or none is named.
std::string wrong_certificates(const std::string& ca_file);

}  // namespace enrichd
