// The seam to HTTP upstreams: a real client, and a scripted one for tests.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/task.hpp"
#include "policy/first_contact.hpp"

namespace enrichd {

struct HttpResponse {
    unsigned status = 0;
    std::string content_type;  // as sent, with parameters
    std::string date;          // the server's clock
    std::string retry_after;   // as sent: seconds, or a date
    std::string body;          // unpacked when it came compressed
    std::string location{};    // as sent
};

/// Whether a request may be sent. An error says why not.
using Permit = std::function<error()>;

class Http {
  public:
    virtual ~Http() = default;

    /// Asks for `target`, which begins with `/` and is already percent-encoded. Each time the request is
    /// about to be written, `permit` is asked, and its error ends the call; then `asked`, which outlives the
    /// call, is brought up to date. Errors: those of `permit`, refused,
    /// unreachable, name_lookup, proxy_refused, proxy_auth, certificate_… and tls_failed (not asked);
    /// deadline, cut, not_http, header_too_large, body_too_large, body_unframed, body_encoding; cancelled.
    virtual task<result<HttpResponse>> get(std::string target, Asked& asked, Permit permit) = 0;

    /// The same for a request that names nobody.
    task<result<HttpResponse>> get(std::string target, Asked& asked) {
        return get(std::move(target), asked, Permit());
    }
};

}  // namespace enrichd
