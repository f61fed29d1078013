// AlienVault OTX (otx.alienvault.com), API v1: what is reported of a name.
#pragma once

#include <optional>
#include <string>

#include "model/otx_verdict.hpp"
#include "net/http.hpp"
#include "policy/pulse_filter.hpp"

namespace enrichd {

struct OtxQuestion {
    OtxSubject subject = OtxSubject::domain;
    std::string name;  // letters, digits, hyphens, underscores and dots

    /// "hostname/www.x.com": names it in caches and maps, and is a part of the target.
    std::string key() const { return std::string(label(subject)) + "/" + name; }
};

struct OtxReply {
    result<OtxVerdict> verdict = errc::cancelled;

    /// How long the server wants to be left alone.
    std::optional<std::chrono::seconds> retry_after{};
};

struct OtxOptions {
    std::string base_path;  // of the URL, without a trailing slash
    PulseFilter filter;
    bool operator==(const OtxOptions&) const = default;
};

class Otx {
  public:
    Otx(Http& http, OtxOptions options) : http_(http), options_(std::move(options)) {}

    void configure(OtxOptions options) { options_ = std::move(options); }

    /// One try. A name that OTX does not know is a miss; one that it takes for no name gives a verdict that
    /// says `refused`. Errors: those of Http and of parse_otx; rate_limited (429), key_refused (401, 403),
    /// blocked (403 with a page of a firewall), gateway_status (502 to 504), deadline (408), http_status (any
    /// other), body_empty, content_type. Redirects are not followed.
    task<OtxReply> ask(OtxQuestion question);

  private:
    Http& http_;
    OtxOptions options_;
};

}  // namespace enrichd
