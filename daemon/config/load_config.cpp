// load_config: the configuration and what it refers to.
#include <boost/asio/ip/address.hpp>

#include <string>
#include <utility>

#include "config/config.hpp"
#include "net/address.hpp"
#include "net/tls.hpp"
#include "net/upstream_url.hpp"
#include "stages/domain_stats/judge.hpp"
#include "stages/otx/api_key.hpp"

namespace enrichd {
namespace {

void find_key(ParsedConfig& parsed) {
    OtxConfig& otx = parsed.config.otx;
    ApiKey found = find_api_key(otx.api_key_file);
    if (otx.mode == OtxMode::off) return;
    if (!found.problem.empty())
        parsed.errors.push_back(parsed.at("otx.api_key_file", found.problem));
    else if (found.key.empty() && otx.mode == OtxMode::on)
        parsed.errors.push_back(
            parsed.at("otx.mode",
                      "is 'on' and there is no key: name a file by otx.api_key_file, or give systemd a "
                      "credential otx_api_key, or set $ENRICHD_OTX_API_KEY"));
    else if (!found.key.empty() && found.odd)
        parsed.warnings.push_back(
            parsed.at("otx.api_key_file", "the key in " + found.source +
                                              " does not look like one of OTX (64 hexadecimal "
                                              "digits)"));
    otx.key = std::move(found.key);
    otx.key_source = std::move(found.source);
}

/// A key that anybody on the way can read is worth a word.
void look_at_url(ParsedConfig& parsed) {
    const OtxConfig& otx = parsed.config.otx;
    const auto url = parse_upstream_url(otx.url);
    if (otx.key.empty() || !url || url->tls) return;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(url->host, ec);
    if (url->host == "localhost" || (!ec && address.is_loopback())) return;
    parsed.warnings.push_back(parsed.at("otx.url", "is http: the key goes over the network in clear"));
}

/// Who may ask may use up first contacts, and our requests to registries.
void look_at_served(ParsedConfig& parsed) {
    const auto address = parse_address(parsed.config.domain_stats.serve);
    if (!address || address->address().is_loopback()) return;
    parsed.warnings.push_back(
        parsed.at("domain_stats.serve",
                  "is reachable from elsewhere: whoever can connect may ask, there is no "
                  "authentication"));
}

void look_at_certificates(ParsedConfig& parsed, const char* key, const std::string& ca_file) {
    if (ca_file.empty()) return;
    const auto trusted = Tls::make("localhost", ca_file);
    if (trusted) return;
    const bool unreadable = trusted.error() != errc::tls_failed;
    parsed.errors.push_back(
        parsed.at(key, ca_file + (unreadable ? " cannot be read: " + trusted.error().message()
                                             : " holds no PEM certificate")));
}

}  // namespace

ParsedConfig load_config(const std::string& file, const Config* running) {
    ParsedConfig parsed = read_config(file);
    find_key(parsed);
    look_at_url(parsed);
    look_at_certificates(parsed, "otx.ca_file", parsed.config.otx.ca_file);
    look_at_served(parsed);
    const DomainStatsConfig& domain_stats = parsed.config.domain_stats;
    look_at_certificates(parsed, "domain_stats.embedded.rdap_ca_file", domain_stats.embedded.rdap_ca_file);
    // Those of the running daemon are read at its start alone.
    const bool in_use = running && running->domain_stats.embedded == domain_stats.embedded;
    if (domain_stats.mode == DomainStatsMode::embedded && !in_use)
        for (WrongFile& wrong : wrong_files(domain_stats.embedded))
            (wrong.usable ? parsed.warnings : parsed.errors)
                .push_back(parsed.at(wrong.key, std::move(wrong.why)));
    return parsed;
}

}  // namespace enrichd
