// The seam to HTTP upstreams: a real client, and a scripted one for tests.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace enrichd {

struct HttpResponse {
    unsigned status = 0;
    std::string content_type;     // as sent, with parameters
    std::string date;             // the server's clock
    std::string retry_after;      // as sent: seconds, or a date
    std::string body;             // unpacked when it came compressed
    std::string location{};       // as sent
    std::string etag{};           // as sent
    std::string last_modified{};  // as sent
    std::string wanted{};         // the header that the call wanted
    bool packed = false;          // the body is as it came, compressed by gzip; see HttpCall::packed
};

/// Called each time a request is about to be written. An error says why it must not be, and ends the call.
using BeforeSend = std::function<error()>;

struct HttpCall {
    std::string target;  // begins with `/` and is already percent-encoded
    BeforeSend before_send{};
    std::string method = "GET";
    std::string body{};
    std::string content_type{};                                  // of the body
    std::vector<std::pair<std::string, std::string>> headers{};  // of this call alone, nothing secret
    std::string wanted_header{};                                 // whose value the response has
    bool safe = false;    // a POST that changes nothing at the server: it may be written twice
    bool packed = false;  // a compressed answer is left as it came: to unpack a large one takes long
};

class Http {
  public:
    virtual ~Http() = default;

    /// Errors: those of before_send; refused, unreachable, name_lookup, proxy_refused, proxy_auth,
    /// certificate_… and tls_failed (nothing was written); deadline, cut, not_http, header_too_large,
    /// body_too_large, body_unframed, body_encoding; cancelled.
    virtual task<result<HttpResponse>> call(HttpCall call) = 0;

    task<result<HttpResponse>> get(std::string target, BeforeSend before_send = {}) {
        return call({std::move(target), std::move(before_send)});
    }
};

}  // namespace enrichd
