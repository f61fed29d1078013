// Which registry knows which domains: IANA's bootstrap file (RFC 9224).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "net/upstream_url.hpp"

namespace enrichd {

class RdapBootstrap {
  public:
    /// Knows no registry.
    RdapBootstrap() = default;

    /// Reads the file, of which servers are taken that speak TLS, or are on this machine: names are nobody
    /// else's business. Errors: body_not_json, body_too_large, body_wrong_shape, also when it has no server
    /// that can be used.
    [[nodiscard]] static result<RdapBootstrap> parse(std::string_view json);

    /// The same from a file of at most 4 MiB. Errors: those; file_too_large, system errors. Blocks.
    [[nodiscard]] static result<RdapBootstrap> load(const std::string& file);

    /// The one that is built in; scripts/rdap-bootstrap says where it is from.
    static RdapBootstrap built_in();

    /// By the longest suffix of the domain that has one. Good as long as this.
    const UpstreamUrl* server_of(std::string_view domain) const;

    /// Whether some registry is there: a redirect may lead to it.
    bool lists(const UpstreamUrl& url) const;

    /// As the file says, "2026-06-26T18:00:02Z"; empty when it does not.
    const std::string& published() const { return published_; }
    std::size_t suffixes() const { return servers_.size(); }

  private:
    std::string published_;
    std::unordered_map<std::string, std::shared_ptr<const UpstreamUrl>> servers_;  // by suffix
    std::set<std::string> origins_;
};

/// "https://rdap.example.com:443": tells servers apart.
std::string origin(const UpstreamUrl& url);

}  // namespace enrichd
