#include "soak/ledger.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace enrichd::test {
namespace {

enum Told : std::uint8_t { by_domain_stats = 1, by_otx = 2 };

/// The text after a mark up to the next quote; empty when the mark is not there.
std::string_view after(std::string_view text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + mark.size());
    return text.substr(0, text.find('"'));
}

}  // namespace

void Ledger::note(std::string_view event) {
    if (event.find(R"("error":)") != std::string_view::npos) {
        ++errors_;
        return;
    }
    ++events_;
    const std::string_view id = after(event, R"("alert_id":")");
    std::size_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    if (number == 0 || number >= told_.size()) {
        ++of_nobody_;
        return;
    }
    const bool otx = event.find(R"("integration":"otx")") != std::string_view::npos;
    const auto what = otx ? by_otx : by_domain_stats;
    if (told_[number] & what) {  // by its alert_id a SIEM knows it: no second first contact
        ++repeated_;
        return;
    }
    told_[number] = static_cast<std::uint8_t>(told_[number] | what);
    if (event.find("YOUR-FIRST-CONTACT") != std::string_view::npos)
        ++first_contacts_[std::string(mix_.alert(number).domain())];
}

bool Ledger::lost(const MixedAlert& alert, const fakes::Counts& domain_stats) const {
    const unsigned told = told_[alert.number];
    if (alert.told() && !(told & by_domain_stats)) return true;
    if (alert.hit() && !(told & by_otx)) return true;
    return alert.kind == Kind::seen && !domain_stats.by_target.contains("/" + std::string(alert.domain()));
}

Account Ledger::account(const fakes::Counts& domain_stats, std::size_t finished) const {
    Account out;
    out.events = events_;
    out.repeated = repeated_;
    out.errors = errors_;
    const auto example = [&](const char* what, const std::string& name) {
        if (out.examples.size() < 10) out.examples.push_back(std::string(what).append(" ").append(name));
    };
    std::unordered_set<std::string> domains;
    std::size_t to_finish = 0;
    for (std::size_t number = 1; number < accepted_.size(); ++number) {
        if (!accepted_[number]) continue;
        ++out.accepted;
        const MixedAlert alert = mix_.alert(number);
        if (alert.finished()) ++to_finish;
        if (alert.told() || alert.hit()) ++out.told;
        if (lost(alert, domain_stats)) {
            ++out.lost;
            example("lost", std::to_string(number).append(" ").append(alert.name));
        }
        if (!alert.public_name() || alert.kind == Kind::seen) continue;
        const std::string domain(alert.domain());
        if (!domains.insert(domain).second || first_contacts_.contains(domain)) continue;
        ++out.first_contacts_missing;
        example("no first contact", domain);
    }
    for (const auto& [domain, times] : first_contacts_) {
        if (times == 1) continue;
        out.first_contacts_false += times - 1;
        example("two first contacts", domain);
    }
    const auto count = [&](const char* what, std::size_t times) {
        out.lost += times;
        if (times > 0) example(what, std::to_string(times));
    };
    count("not finished", to_finish - std::min(to_finish, finished));
    if (finished > to_finish) {  // or one finished twice would make up for one that never was
        out.repeated += finished - to_finish;
        example("finished twice", std::to_string(finished - to_finish));
    }
    count("events of nobody", of_nobody_);
    return out;
}

}  // namespace enrichd::test
