#include "stages/domain_stats/embedded/rdap_bootstrap.hpp"

#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>

#include "base/read_file.hpp"
#include "model/host_name.hpp"
#include "model/json_fields.hpp"
#include "stages/domain_stats/embedded/built_in.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

constexpr std::size_t max_file = 4 * 1024 * 1024;

bool on_this_machine(const std::string& host) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(host, ec);
    return host == "localhost" || (!ec && address.is_loopback());
}

/// The first of a service's servers that may be used.
std::shared_ptr<const UpstreamUrl> usable_server(const json& urls) {
    for (const json& text : urls) {
        if (!text.is_string()) continue;
        const auto url = parse_upstream_url(text.get_ref<const std::string&>());
        if (url && (url->tls || on_this_machine(url->host))) return std::make_shared<const UpstreamUrl>(*url);
    }
    return nullptr;
}

bool service(const json& value) {
    return value.is_array() && value.size() >= 2 && value[0].is_array() && value[1].is_array();
}

}  // namespace

std::string origin(const UpstreamUrl& url) {
    return (url.tls ? "https://" : "http://") + authority(url.host, url.port);
}

result<RdapBootstrap> RdapBootstrap::parse(std::string_view text) {
    json file;
    const JsonBounds bounds{6, 100'000};
    if (const error bad = parse_json(text, bounds, file)) return bad;
    if (!file.is_object()) return errc::body_wrong_shape;
    RdapBootstrap out;
    out.published_ = text_at(file, "publication", 64);
    for (const json& one : list_at(file, "services")) {
        if (!service(one)) continue;
        const auto server = usable_server(one[1]);
        if (!server) continue;
        out.origins_.insert(origin(*server));
        for (const json& suffix : one[0]) {
            const auto name = HostName::parse(text_of(suffix, 256));
            if (name && name->plain()) out.servers_[name->text()] = server;
        }
    }
    if (out.servers_.empty()) return errc::body_wrong_shape;
    return out;
}

result<RdapBootstrap> RdapBootstrap::load(const std::string& file) {
    const auto text = read_file_up_to(file, max_file);
    if (!text) return text.error();
    return parse(*text);
}

RdapBootstrap RdapBootstrap::built_in() {
    return parse(built_in::rdap_bootstrap()).value();
}

const UpstreamUrl* RdapBootstrap::server_of(std::string_view domain) const {
    for (std::size_t dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.')) {
        domain.remove_prefix(dot + 1);
        const auto found = servers_.find(std::string(domain));
        if (found != servers_.end()) return found->second.get();
    }
    return nullptr;
}

bool RdapBootstrap::lists(const UpstreamUrl& url) const {
    return origins_.contains(origin(url));
}

}  // namespace enrichd
