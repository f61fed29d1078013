#include "stages/domain_stats/embedded/shared_ages.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/tasks.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view shared_as = "rdap";
constexpr auto shared_for = 24h;  // each host keeps it as long as its own configuration says
constexpr std::size_t longest_shared_failure = 512;

/// Two numbers, the second of them or "-".
std::optional<Registration> registration_of(std::string_view text) {
    std::int64_t registered = 0;
    std::int64_t expires = 0;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, registered);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return std::nullopt;
    Registration out{WallTime(std::chrono::seconds(registered)), std::nullopt};
    constexpr std::int64_t year_2200 = 7'258'118'400;
    if (registered < 0 || registered > year_2200) return std::nullopt;
    if (std::string_view(first.ptr, end) == " -") return out;
    const auto second = std::from_chars(first.ptr + 1, end, expires);
    if (second.ec != std::errc() || second.ptr != end || expires < 0 || expires > year_2200)
        return std::nullopt;
    out.expires = WallTime(std::chrono::seconds(expires));
    return out;
}

}  // namespace

std::string to_shared_record(const RdapAnswer& answer) {
    if (answer.registration) {
        const auto& expires = answer.registration->expires;
        return "r " + std::to_string(answer.registration->registered.time_since_epoch().count()) + " " +
               (expires ? std::to_string(expires->time_since_epoch().count()) : "-");
    }
    return answer.about_the_domain ? "f " + answer.failure.substr(0, longest_shared_failure) : std::string();
}

std::optional<RdapAnswer> rdap_answer_of(const std::string& record) {
    RdapAnswer answer;
    if (record.starts_with("f ")) {
        answer.registration = errc::no_registration_date;
        answer.failure = record.substr(2, longest_shared_failure);
        answer.about_the_domain = true;
        return answer;
    }
    if (!record.starts_with("r ")) return std::nullopt;
    const auto registration = registration_of(std::string_view(record).substr(2));
    if (!registration) return std::nullopt;
    answer.registration = *registration;
    return answer;
}

task<RdapAnswer> SharedAges::ask(std::string domain, bool for_alert, BeforeSend may_send) {
    const std::string registry = rdap_->registry_for(domain);
    if (!shared_->on() || registry.empty()) {
        rdap_->be_one_of(1);
        co_return co_await rdap_->ask(std::move(domain), for_alert, may_send);
    }
    const auto asks_for = rdap_->timeout() + 5s;
    const Clock::time_point limit = Clock::now() + asks_for;
    for (;;) {
        const SharedQuestion question{shared_as, {}, domain, registry};
        SharedGrant grant =
            co_await shared_->questions().begin(question, rdap_->requests_per_hour(), asks_for);
        rdap_->be_one_of(shared_->alone() ? shared_->hosts() : 1);
        auto known = rdap_answer_of(grant.verdict);
        if (grant.kind == SharedGrant::Kind::known && known) co_return *std::move(known);
        const bool asked_by_another = grant.kind == SharedGrant::Kind::later && grant.by_another;
        if (grant.kind == SharedGrant::Kind::later && !(asked_by_another && Clock::now() < limit)) {
            RdapAnswer later;
            later.registration = errc::registry_rests;
            later.again_in = std::max<std::chrono::milliseconds>(grant.time, 2s);
            co_return later;
        }
        if (!asked_by_another) break;
        const bool awake = co_await sleep_until(Clock::now() + grant.time);
        if (!awake) break;
    }
    co_return co_await ask_and_tell(std::move(domain), for_alert, std::move(may_send), registry);
}

task<RdapAnswer> SharedAges::ask_and_tell(std::string domain, bool for_alert, BeforeSend may_send,
                                          std::string registry) {
    RdapAnswer answer = co_await rdap_->ask(domain, for_alert, std::move(may_send));
    const SharedQuestion question{shared_as, {}, domain, registry};
    co_await shared_->questions().finish(question, to_shared_record(answer), shared_for, 0);
    co_return answer;
}

}  // namespace enrichd
