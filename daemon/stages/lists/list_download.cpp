#include "stages/lists/list_download.hpp"

#include <sys/stat.h>

#include <utility>

#include "asking/rest.hpp"
#include "base/read_file.hpp"
#include "net/http_client.hpp"
#include "net/upstream_url.hpp"
#include "stages/lists/line_formats.hpp"
#include "stages/lists/list_copy.hpp"

namespace enrichd {
namespace {

constexpr int most_redirects = 5;
constexpr std::size_t max_header_file = 4096;

bool same_server(const ResourceUrl& a, const ResourceUrl& b) {
    return a.host == b.host && a.port == b.port && a.tls == b.tls;
}

bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

HttpClientOptions options_for(const ListConfig& config, const ResourceUrl& url) {
    HttpClientOptions options;
    options.upstream = {url.host, url.port, url.tls, config.ca_file, {}};
    if (!config.proxy.empty()) options.upstream.proxy = *parse_proxy_url(config.proxy.reveal());
    options.accept = "*/*";
    options.gzip = true;
    options.connections = 1;
    options.timeout = longest_download;
    options.max_header = 64 * 1024;
    options.max_body = max_list_bytes;
    return options;
}

HttpCall call_for(const ListConfig& config, const ResourceUrl& url, const KnownVersion& known) {
    HttpCall call{url.target};
    call.packed = true;
    if (!config.user_agent.empty()) call.headers.emplace_back("User-Agent", config.user_agent);
    if (!known.etag.empty()) call.headers.emplace_back("If-None-Match", known.etag);
    if (!known.last_modified.empty()) call.headers.emplace_back("If-Modified-Since", known.last_modified);
    return call;
}

}  // namespace

result<std::pair<std::string, Secret>> read_header(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return last_error();
    if ((status.st_mode & 07) != 0) return make_error_code(boost::system::errc::permission_denied);
    auto text = read_file_up_to(file, max_header_file);
    if (!text) return text.error();
    const std::string_view line = trimmed(std::string_view(*text).substr(0, text->find('\n')));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        line.substr(0, colon).find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != std::string_view::npos)
        return errc::body_wrong_shape;
    return std::pair(std::string(line.substr(0, colon)),
                     Secret(std::string(trimmed(line.substr(colon + 1)))));
}

result<HttpClientOptions> own_server_options(const ListConfig& config, const ResourceUrl& url) {
    HttpClientOptions options = options_for(config, url);
    if (config.header_file.empty()) return options;
    auto header = read_header(config.header_file);
    if (!header) return errc::list_header_file;
    options.headers.push_back({std::move(header->first), std::move(header->second)});
    return options;
}

task<std::optional<Download>> download(asio::io_context& io, Lookup& lookup, HttpClient& http,
                                       ListConfig config, KnownVersion known, DownloadFailure& failure) {
    const auto first = parse_resource_url(config.from);
    if (!first) {
        failure.why = errc::redirect_refused;
        co_return std::nullopt;
    }
    auto own_options = own_server_options(config, *first);
    if (!own_options) {
        failure.why = own_options.error();
        co_return std::nullopt;
    }
    http.configure(*std::move(own_options));
    ResourceUrl url = *first;
    for (int left = most_redirects; left >= 0; --left) {
        HttpClient elsewhere(io, lookup, options_for(config, url));
        HttpClient& client = same_server(url, *first) ? http : elsewhere;
        HttpCall call = call_for(config, url, known);
        auto response = co_await client.call(std::move(call));
        client.close_idle();
        if (!response) {
            failure.why = response.error();
            co_return std::nullopt;
        }
        failure.status = response->status;
        if (response->status == 304 && !(known.etag.empty() && known.last_modified.empty())) {
            Download same{true, {}, known};
            co_return same;
        }
        if (response->packed && !response->body.starts_with("\x1f\x8b")) {
            failure.why = errc::body_encoding;
            co_return std::nullopt;
        }
        if (response->status == 200) {
            Download fresh{false, std::move(response->body), {response->etag, response->last_modified}};
            co_return fresh;
        }
        failure.wait_asked_for = wait_asked_for(*response);
        failure.why = meaning_of(response->status);
        if (!is_redirect(response->status)) co_return std::nullopt;
        failure.why = errc::redirect_refused;
        const auto next = redirected(url, response->location);
        if (!next || (url.tls && !next->tls)) co_return std::nullopt;
        url = *next;
    }
    co_return std::nullopt;
}

}  // namespace enrichd
