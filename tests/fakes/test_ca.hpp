// A certificate authority for one test, made when the test is.
#pragma once

#include <memory>
#include <string>

#include "fakes/http_server.hpp"

namespace enrichd::fakes {

struct Certificate {
    std::string host = "localhost";  // a name; 127.0.0.1 is vouched for beside it when it is localhost
    long valid_from = -3600;         // seconds from now
    long valid_until = 3600;
};

class TestCa {
  public:
    TestCa();
    ~TestCa();

    /// Its certificate, as a ca_file holds it.
    std::string pem() const;

    /// A server's certificate and its key.
    struct Pems {
        std::string certificate;
        std::string key;
    };
    Pems pems(const Certificate& certificate = {}) const;

    /// What a server with such a certificate speaks TLS with.
    TlsContext certify(const Certificate& certificate = {}) const;

  private:
    struct Keys;
    Keys certified(const Certificate& certificate) const;
    std::unique_ptr<Keys> keys_;
};

/// A server's side that has no certificate: every handshake ends in an alert.
TlsContext refusing_tls();

}  // namespace enrichd::fakes
