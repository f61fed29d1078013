// TLS of a server of ours: its certificate and key.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

#include "base/file_state.hpp"
#include "base/result.hpp"

namespace enrichd {

class ServerTls {
  public:
    /// TLS 1.2 or later. `certificate_file` holds a PEM certificate chain, the server's own certificate
    /// first; `key_file` its key, without a passphrase. Errors: the system's when a file cannot be read;
    /// file_not_regular; file_too_large, above 1 MiB; key_file_open when others may read the key; tls_failed
    /// when the files do not hold a certificate and its key.
    [[nodiscard]] static result<std::shared_ptr<ServerTls>> make(const std::string& certificate_file,
                                                                 const std::string& key_file);

    ServerTls(const ServerTls&) = delete;
    ServerTls& operator=(const ServerTls&) = delete;

    boost::asio::ssl::context& context() { return context_; }

    /// What renewed() failed of, in words that name the files.
    std::string why_not(const error& why) const;

    /// Whether a file is no longer what it was when this was made, as after a renewal.
    bool outdated() const;

    /// From the files as they are now.
    [[nodiscard]] result<std::shared_ptr<ServerTls>> renewed() const {
        return make(certificate_.path, key_.path);
    }

  private:
    struct File {
        std::string path;
        result<FileState> state = state_of(path);
    };
    ServerTls(const std::string& certificate_file, const std::string& key_file)
        : certificate_{certificate_file}, key_{key_file} {}

    File certificate_;
    File key_;
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
};

/// What make() failed of, in words that name the files.
std::string wrong_server_certificate(const std::string& certificate_file, const std::string& key_file,
                                     const error& why);

}  // namespace enrichd
