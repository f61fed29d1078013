#include "providers/domain_stats.hpp"

#include <boost/beast/core/string.hpp>

namespace enrichd {
namespace {

bool declares_json(std::string_view content_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    return boost::beast::iequals(type.substr(0, type.find_last_not_of(' ') + 1), "application/json");
}

error check(const HttpResponse& response) {
    if (response.status >= 502 && response.status <= 504) return errc::gateway_status;
    if (response.status != 200) return errc::http_status;
    if (response.body.empty()) return errc::body_empty;
    if (!declares_json(response.content_type)) return errc::content_type;
    return {};
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
    }
    return out;
}

task<result<DomainStatsAnswer>> DomainStats::ask(const HostName& name, Asked& asked) {
    const std::string_view subject = options_.ask_hostname ? name.text() : name.registrable();
    std::string target = options_.base_path + "/" + percent_encoded(subject);
    auto response = co_await http_.get(std::move(target), asked);
    if (!response) co_return response.error();
    if (const error bad = check(*response)) co_return bad;
    auto answer = parse_domain_stats(response->body);
    if (!answer) co_return answer.error();

    const WallTime now = wall_seconds(WallClock::now());
    const WallTime server_now = parse_http_date(response->date).value_or(now);
    if (const auto seen = parse_http_date(answer->verdict.seen_by_you)) {
        if (answer->first_contact)
            zone_.learn(*seen, server_now);
        else
            answer->first_contact = first_contact_was_lost(asked, zone_.age(*seen, server_now), now);
    }
    co_return std::move(answer);
}

task<result<void>> DomainStats::probe() {
    Asked unused;
    auto response = co_await http_.get(options_.base_path + "/localhost", unused);
    if (!response) co_return response.error();
    const error bad = check(*response);
    if (bad == errc::gateway_status) co_return bad;
    co_return result<void>();  // whatever it says of localhost, it is there
}

}  // namespace enrichd
