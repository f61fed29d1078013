#include "stages/otx/otx_keys.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "asking/text_checks.hpp"
#include "net/tls.hpp"
#include "net/upstream_url.hpp"
#include "stages/otx/api_key.hpp"
#include "stages/otx/otx_options.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using namespace text_checks;

Expected otx_subject(std::string& text) {
    if (text == "hostname" || text == "domain") return std::nullopt;
    return "hostname or domain";
}

void find_key(OtxConfig& otx, const KeyProblems& problems) {
    ApiKey found = find_api_key(otx.api_key_file);
    if (otx.mode == OtxMode::off) return;
    if (!found.problem.empty())
        problems.error("otx.api_key_file", found.problem);
    else if (found.key.empty() && otx.mode == OtxMode::on)
        problems.error("otx.mode",
                       "is 'on' and there is no key: name a file by otx.api_key_file, or give systemd a "
                       "credential otx_api_key, or set $ENRICHD_OTX_API_KEY");
    else if (!found.key.empty() && found.odd)
        problems.warning("otx.api_key_file", "the key in " + found.source +
                                                 " does not look like one of OTX (64 hexadecimal "
                                                 "digits)");
    otx.key = {std::move(found.key), std::move(found.source)};
}

/// A key that anybody on the way can read is worth a word.
void look_at_url(const OtxConfig& otx, const KeyProblems& problems) {
    const auto url = parse_upstream_url(otx.server.url);
    if (otx.key.empty() || !url || url->tls) return;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(url->host, ec);
    if (url->host == "localhost" || (!ec && address.is_loopback())) return;
    problems.warning("otx.url", "is http: the key goes over the network in clear");
}

}  // namespace

void visit_otx(OtxConfig& otx, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 3> modes{"auto", "on", "off"};
    static constexpr std::array<std::string_view, 2> occasions{"suspicious", "always"};
    choice(v, {"mode", "auto: on when there is a key"}, otx.mode, modes);
    v.text({"url", "URL of the OTX server", true}, otx.server.url, http_url);
    v.text({"api_key_file",
            "file with the API key; else systemd's credential otx_api_key, else $ENRICHD_OTX_API_KEY", true},
           otx.api_key_file, optional_file);
    choice(v, {"when", "suspicious: only names with a Domain Stats event; always: every name"}, otx.always,
           occasions);
    v.texts({"authors", "authors whose pulses count; [] for any author"}, otx.filter.authors, not_empty);
    v.number({"min_pulses", "minimum number of pulses for a hit"}, otx.filter.min_pulses, 1, 50);
    v.number({"max_age_days", "maximum age of a pulse in days; 0 for any age"}, otx.filter.max_age_days, 0,
             36'500);
    v.flag({"require_active", "leave out pulses in which the indicator has expired"},
           otx.filter.require_active);
    v.texts({"ignore_tags", "leave out pulses with one of these tags"}, otx.filter.ignore_tags, not_empty);
    v.texts({"ask", "what OTX is asked for: the full name (hostname), its registrable domain, or both"},
            otx.ask, otx_subject);
    v.number({"requests_per_hour", "maximum number of requests in an hour, the most suspicious names first"},
             otx.requests_per_hour, 1, 1'000'000);
    v.number({"connections", "maximum number of connections to OTX"}, otx.connections, 1, 64);
    v.duration({"timeout", "timeout of one attempt"}, otx.timeout, 100ms, 5min);
    v.duration({"retry_for", "how long an alert waits for OTX"}, otx.retry_for, 1s, year);
    v.secret_url({"proxy", "URL of an HTTP proxy that supports CONNECT", true}, otx.server.proxy, proxy_url);
    v.text({"ca_file", "file of the certificates to trust instead of the system's", true}, otx.server.ca_file,
           optional_file);
}

void visit_otx_times(OtxTimes& times, ConfigVisitor& v) {
    v.duration({"otx_hit", "verdict on a name with pulses"}, times.hit, 1s, year);
    v.duration({"otx_miss", "verdict on a name without pulses"}, times.miss, 1s, year);
}

void check_otx(const OtxConfig& config, const KeyProblems& problems) {
    if (config.ask.empty()) problems.error("otx.ask", "expected hostname, domain or both");
}

void load_otx(OtxConfig& config, const KeyProblems& problems) {
    find_key(config, problems);
    look_at_url(config, problems);
    if (std::string why = wrong_certificates(config.server.ca_file); !why.empty())
        problems.error("otx.ca_file", std::move(why));
}

std::string summary_of(const OtxConfig& config) {
    if (config.mode == OtxMode::off) return "OTX: off";
    if (config.key.empty())
        return "OTX: off, no key here (a credential of systemd is seen by the service alone)";
    return "OTX: on, key from " + config.key.source;
}

std::vector<ConfiguredServer> servers_of(const OtxConfig& config) {
    if (config.mode == OtxMode::off || config.key.empty()) return {};
    return {{"otx.url", otx_http(config).upstream, "allow the connection, or set otx.proxy"}};
}

}  // namespace enrichd
