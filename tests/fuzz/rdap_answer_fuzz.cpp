// What registries tell of a domain, and IANA's list of the registries.
#include "base/units.hpp"
#include "fuzz.hpp"
#include "model/registration.hpp"
#include "stages/domain_stats/embedded/domain_age.hpp"
#include "stages/domain_stats/embedded/rdap_bootstrap.hpp"

namespace enrichd::fuzz {
namespace {

constexpr WallTime now{std::chrono::seconds(1'795'492'550)};

/// No text of a date is longer than the years from 0 to 9999, but for a day of a zone at each end.
void require_date(WallTime time) {
    using std::chrono::days;
    constexpr WallTime first = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
    constexpr WallTime last = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
    require(time >= first - days(2) && time <= last + days(2));
    require(to_http_date(time).ends_with(" GMT"));
    constexpr WallTime second = first + days(366);
    if (time < second || time >= last) return;
    require(parse_iso_date(to_iso_date(time)) == time);
    require(parse_http_date(to_http_date(time)) == time);
}

void look_at(const Registration& registration) {
    require_date(registration.registered);
    if (registration.expires) require_date(*registration.expires);
    using std::chrono::year;
    require(registration.registered >= WallTime(std::chrono::sys_days(year(1985) / 1 / 1)));
    require(registration.registered < WallTime(std::chrono::sys_days(year(2100) / 1 / 1)));
    const WallTime until = good_until(registration, now, {});
    require(until >= now + std::chrono::days(1));
    if (!established(registration, now, {}))
        require(until <= std::max(registration.registered, now) + std::chrono::days(731));
}

void look_at(const RdapBootstrap& bootstrap) {
    require(bootstrap.suffixes() > 0);
    require_text(bootstrap.published(), 64);
    for (const std::string_view domain : {"harbour.com", "a.b.co.uk", "x"}) {
        const UpstreamUrl* const server = bootstrap.server_of(domain);
        if (!server) continue;
        require(bootstrap.lists(*server));
        const auto again = parse_upstream_url(origin(*server) + server->path);
        require(again && origin(*again) == origin(*server) && again->path == server->path);
    }
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    const std::string_view body = fuzz::input(data, size);
    if (const auto registration = parse_registration(body, "harbour.com")) fuzz::look_at(*registration);
    if (const auto bootstrap = RdapBootstrap::parse(body)) fuzz::look_at(*bootstrap);
    return 0;
}
