// Fetches a list over HTTP.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "net/http_client.hpp"
#include "net/lookup.hpp"
#include "net/upstream_url.hpp"
#include "stages/lists/lists_config.hpp"

namespace enrichd {

inline constexpr std::chrono::minutes longest_download(5);

/// What the server knows of an earlier answer.
struct KnownVersion {
    std::string etag;
    std::string last_modified;
};

struct Download {
    bool unchanged = false;  // 304: it is as the known version
    std::string text{};      // perhaps gzip
    KnownVersion version{};
};

struct DownloadFailure {
    error why;
    unsigned status = 0;                                   // of HTTP, if there was one
    std::optional<std::chrono::seconds> wait_asked_for{};  // Retry-After
};

/// For requests to the list's own server, with the header of header_file. Error: list_header_file.
[[nodiscard]] result<HttpClientOptions> own_server_options(const ListConfig& config, const ResourceUrl& url);

/// Follows up to five redirects, from https to https alone; the header of header_file goes to the server that
/// the configuration names and to no other. Within five minutes, or it fails. `failure` says why there is
/// none: errors of Http; of meaning_of() a status; redirect_refused; list_header_file.
/// `http` is for the URL's own server, and is kept for the next time: it knows what TLS needs, which takes
/// long to read.
task<std::optional<Download>> download(asio::io_context& io, Lookup& lookup, HttpClient& http,
                                       ListConfig config, KnownVersion known, DownloadFailure& failure);

/// "Name: value" of a file that others may not read. Errors: permission_denied when they may;
/// body_wrong_shape; system errors.
[[nodiscard]] result<std::pair<std::string, Secret>> read_header(const std::string& file);

}  // namespace enrichd
