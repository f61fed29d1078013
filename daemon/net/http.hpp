// The seam to HTTP upstreams: a real client, and a scripted one for tests.
#pragma once

#include <string>

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

class Http {
  public:
    virtual ~Http() = default;

    /// Asks for `target`, which begins with `/` and is already percent-encoded. Each time the request is
    /// about to be written, `asked` is brought up to date; it outlives the call. Errors: refused,
    /// unreachable, name_lookup, proxy_refused, proxy_auth, certificate_… and tls_failed (not asked);
    /// deadline, cut, not_http, header_too_large, body_too_large, body_unframed, body_encoding; cancelled.
    virtual task<result<HttpResponse>> get(std::string target, Asked& asked) = 0;
};

}  // namespace enrichd
