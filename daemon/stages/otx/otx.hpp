// AlienVault OTX (otx.alienvault.com), API v1: what is reported of a name.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "net/http.hpp"
#include "stages/otx/otx_verdict.hpp"
#include "stages/otx/pulse_filter.hpp"

namespace enrichd {

struct OtxQuestion {
    OtxSubject subject = OtxSubject::domain;
    std::string name;  // a HostName's text

    /// "hostname/www.x.com": names it in caches and maps, and is a part of the target.
    std::string key() const { return std::string(label(subject)) + "/" + name; }
};

struct OtxReply {
    result<OtxVerdict> verdict = errc::cancelled;

    std::string_view outcome =
        "cancelled";          // "hit", "miss", "not_found", "name_refused" or the error's label
    bool in_service = false;  // it was an answer about the name, from OTX itself
    unsigned requests = 0;    // that went on the wire: two when a kept connection was found closed

    /// How long the server wants to be left alone: 429 and 503 alone may say so.
    std::optional<std::chrono::seconds> retry_after{};

    /// The refusal is about the key or the address, whatever the name is: the server says so.
    bool certain = false;
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

    /// One try. A name that OTX does not know, or has no page for, is a miss; one that it takes for no
    /// name (400, in JSON) gives a verdict that says `refused`. Errors: those of Http and of parse_otx;
    /// rate_limited (429), key_refused (401, 403), blocked (403 with a page of a firewall), gateway_status
    /// (502 to 504), deadline (408), http_status (any other), body_empty, content_type; those of `may_send`.
    /// Redirects are not followed. An answer about another name is none: other_name.
    task<OtxReply> ask(OtxQuestion question, BeforeSend may_send = {});

  private:
    OtxReply reply_of(const HttpResponse& response, const std::string& name) const;

    Http& http_;
    OtxOptions options_;
};

}  // namespace enrichd
