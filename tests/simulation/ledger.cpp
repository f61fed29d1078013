#include "simulation/ledger.hpp"

#include <charconv>
#include <utility>

namespace enrichd::test::simulation {
namespace {

std::string_view after(std::string_view text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + mark.size());
    return text.substr(0, text.find('"'));
}

bool filtered_later(const MixedAlert& alert) {
    return alert.kind == Kind::seen;
}

}  // namespace

void Ledger::accept(const Step& step) {
    accepted_.try_emplace(step.number, Accepted{step, Clock::now()});
}

void Ledger::power_cut(Clock::time_point safe_until) {
    for (auto& [number, one] : accepted_)
        if (one.at > safe_until) one.may_be_lost = true;
}

void Ledger::note(std::string_view output, std::string_view event) {
    if (event.find(R"("error":)") != std::string_view::npos) return;
    const std::string_view id = after(event, R"("alert_id":")");
    std::uint32_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    if (number == 0) {
        of_nobody_.emplace_back(event);
        return;
    }
    Told& told = told_[std::string(output)][number];
    if (event.find(R"("integration":"otx")") != std::string_view::npos)
        ++told.by_otx;
    else
        ++told.by_stats;
    if (event.find("YOUR-FIRST-CONTACT") != std::string_view::npos) told.first_contact = true;
}

void Ledger::look_at(const std::string& output, const OfOutput& told, const Excuses& excuses,
                     std::vector<std::string>& wrong) const {
    const bool may_repeat =
        excuses.process_ended || excuses.state_failed || (output == "wazuh" && excuses.wazuh_restarted);
    std::map<std::string, unsigned> first_contacts;
    for (const auto& [number, events] : told) {
        const MixedAlert alert = alert_of({Act::alert, 0, 0, 0, number});
        const std::string which = output + ": alert " + std::to_string(number) + " (" + alert.name + ")";
        if (!alert.finished() || alert.kind == Kind::internal || alert.kind == Kind::address)
            wrong.push_back(which + " has an event");
        if (!may_repeat && (events.by_stats > 1 || events.by_otx > 1))
            wrong.push_back(which + " has an event twice");
        if (events.by_otx > 0 && !alert.hit()) wrong.push_back(which + " has an event of OTX");
        if (events.first_contact) ++first_contacts[std::string(alert.domain())];
    }
    std::map<std::string, bool> must_have;  // a first contact, by domain
    for (const auto& [number, one] : accepted_) {
        const MixedAlert alert = alert_of(one.step);
        if (!alert.finished() || alert.kind == Kind::internal || alert.kind == Kind::address) continue;
        const bool excused = one.may_be_lost || (filtered_later(alert) && excuses.filter_changed);
        must_have.emplace(alert.domain(), true).first->second &= !excused;
        const auto found = told.find(number);
        const Told events = found == told.end() ? Told() : found->second;
        const std::string which = output + ": alert " + std::to_string(number) + " (" + alert.name + ")";
        if (alert.domain().starts_with("new") && events.by_stats == 0 && !excused)
            wrong.push_back(which + " has no event");
        if (alert.hit() && events.by_otx == 0 && !excused && !excuses.otx_changed)
            wrong.push_back(which + " has no event of OTX");
    }
    for (const auto& [domain, must] : must_have) {
        if (!must) continue;  // a power cut took the first one's alert, or what was noted of it
        const unsigned times = first_contacts.contains(domain) ? first_contacts.at(domain) : 0;
        std::string sentence = output + ": " + std::to_string(times);
        sentence.append(" first contacts of ").append(domain);
        const bool may_be_none = excuses.clock_went_back_before_a_start;
        if (times > 1 || (times == 0 && !may_be_none)) wrong.push_back(std::move(sentence));
    }
}

std::vector<std::string> Ledger::wrong(const Excuses& excuses, const std::set<std::string>& outputs) const {
    std::vector<std::string> wrong;
    for (const std::string& output : outputs) {
        const auto found = told_.find(output);
        look_at(output, found == told_.end() ? OfOutput() : found->second, excuses, wrong);
    }
    for (const std::string& event : of_nobody_) wrong.push_back("an event of no alert: " + event);
    return wrong;
}

}  // namespace enrichd::test::simulation
