#include "stages/domain_stats/domain_stats.hpp"

#include <cstdint>

#include "asking/rest.hpp"
#include "base/units.hpp"

namespace enrichd {
namespace {

error check(const HttpResponse& response) {
    if (response.status >= 502 && response.status <= 504) return errc::gateway_status;
    if (response.status != 200) return errc::http_status;
    if (response.body.empty()) return errc::body_empty;
    return {};
}

}  // namespace

task<result<DomainStatsAnswer>> DomainStats::ask(const HostName& name, Ticket& ticket) {
    const bool whole = options_.ask_hostname && name.plain();
    const std::string_view subject = whole ? name.text() : name.registrable();
    std::string target = options_.base_path + "/" + percent_encoded(subject);
    const std::uint64_t forgotten = domains_ ? domains_->forgotten() : 0;
    BeforeSend before_send = [&ticket] {
        const error forbidden = ticket.may_send ? ticket.may_send() : error();
        if (!forbidden) ticket.asked.note(wall_seconds(WallClock::now()));
        return forbidden;
    };
    auto response = co_await http_.get(std::move(target), std::move(before_send));
    if (!response) co_return response.error();
    if (const error bad = check(*response)) co_return bad;
    auto answer = parse_domain_stats(response->body);
    if (!answer) co_return unreadable(*response, answer.error());

    const WallTime now = wall_seconds(WallClock::now());
    const WallTime server_now = parse_http_date(response->date).value_or(now);
    auto seen = parse_http_date(answer->verdict.seen_by_you);
    if (!seen) seen = parse_iso_date(answer->verdict.seen_by_you);
    if (seen) {
        if (!answer->first_contact)
            answer->first_contact = answer->recovered =
                first_contact_was_lost(ticket.asked, zone_.age(*seen, server_now), now);
        else if (zone_.learn(*seen, server_now) && zone_learnt_)
            zone_learnt_(*zone_.offset());
    }
    // Nobody hears of a look-up that failed: its first contact is still to come. And what an operator had
    // forgotten meanwhile is not brought back.
    if (domains_ && answer->verdict.category != "ERROR" && domains_->forgotten() == forgotten) {
        const std::string domain(name.registrable());
        auto contact = co_await domains_->note(domain, now, !answer->first_contact, ticket.reporter);
        if (contact && contacts_) co_await contacts_->claim(domain, *contact);
        if (contact) {
            answer->under_way = contact->under_way;
            answer->recovered = contact->first && (answer->recovered || contact->before);
            answer->first_contact = contact->first;
        } else {
            answer->unnoted = true;
            Contact unwritten{answer->first_contact, false, now};
            if (contacts_) co_await contacts_->claim(domain, unwritten);
            answer->first_contact = unwritten.first;
            answer->under_way = unwritten.under_way;
            if (ticket.reporter) answer->under_way = true;  // the state file would know
            if (answer->under_way) answer->first_contact = answer->recovered = false;
        }
    }
    co_return std::move(answer);
}

task<result<void>> DomainStats::probe() {
    auto response = co_await http_.get(options_.base_path + "/localhost");
    if (!response) co_return response.error();
    const error bad = check(*response);
    if (bad == errc::gateway_status) co_return bad;
    co_return result<void>();  // whatever it says of localhost, it is there
}

}  // namespace enrichd
