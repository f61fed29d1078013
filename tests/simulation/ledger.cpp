#include "simulation/ledger.hpp"

#include <algorithm>
#include <charconv>

namespace enrichd::test::simulation {
namespace {

std::string_view after(std::string_view text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + mark.size());
    return text.substr(0, text.find('"'));
}

MixedAlert alert_of(std::uint32_t number) {
    Step step;
    step.number = number;
    return simulation::alert_of(step);
}

/// It is looked up.
bool asks(const MixedAlert& alert) {
    return alert.finished() && alert.kind != Kind::internal && alert.kind != Kind::address;
}

bool is_new(const MixedAlert& alert) {
    return alert.domain().starts_with("new");
}

bool is_listed(const MixedAlert& alert) {
    return Ledger::listed().contains(std::string(alert.domain()));
}

std::string described(const std::string& output, std::uint32_t number, const MixedAlert& alert) {
    return output + ": alert " + std::to_string(number) + " (" + alert.name + ")";
}

}  // namespace

void Ledger::accept(std::uint32_t number) {
    const Accepted now{Clock::now(), wall_seconds(WallClock::now()), false, false, !list_in_use_};
    const auto [at, is_first] = accepted_.try_emplace(number, now);
    if (is_first || !at->second.may_be_lost) return;
    at->second = now;  // it comes again; the one that was lost may have been asked for
    at->second.may_lack_first_contact = at->second.came_again = true;
}

/// Also what was accepted long ago: the spool and the file hand it over from now on.
void Ledger::takes_alerts() {
    if (list_in_use_) return;
    for (auto& [number, one] : accepted_) one.may_lack_list = true;
}

void Ledger::power_cut(Clock::time_point safe_until) {
    ++power_cuts_;
    for (auto& [number, one] : accepted_)
        if (one.at > safe_until) one.may_be_lost = true;
    for (const auto& [domain, at] : asked_)
        if (at > safe_until) asked_before_a_power_cut_.insert(domain);
}

void Ledger::refuse(std::uint32_t number) {
    refused_.insert(std::string(alert_of(number).domain()));
}

void Ledger::moved(std::uint32_t number, Clock::time_point at) {
    if (const auto found = accepted_.find(number); found != accepted_.end())
        found->second.at = std::max(found->second.at, at);
}

void Ledger::asked(std::string_view domain) {
    asked_.insert_or_assign(std::string(domain), Clock::now());
}

void Ledger::earlier_questions_forgotten() {
    for (auto& [number, one] : accepted_) one.may_lack_first_contact = true;
}

void Ledger::not_checked(std::string_view question) {
    question.remove_prefix(std::min(question.size(), question.find('/') + 1));
    not_checked_.emplace(question.substr(0, question.find_first_of(" \"")));
}

void Ledger::otx_asked(std::string_view target) {
    target.remove_suffix(target.size() - std::min(target.size(), target.rfind('/')));
    ++otx_asked_[std::string(target.substr(target.rfind('/') + 1))];
}

bool Ledger::given_up_by_otx(const std::string& name) const {
    constexpr unsigned max_failures = 5;  // of ReputationOptions
    if (not_checked_.contains(name)) return true;
    const auto asked = otx_asked_.find(name);
    return !not_checked_.empty() && asked != otx_asked_.end() && asked->second >= max_failures;
}

void Ledger::note(const std::string& output, std::string_view event) {
    if (event.find(R"("retro":true)") != std::string_view::npos) {
        ++retro_[output][std::string(after(event, R"("query":")"))];
        return;
    }
    const std::string_view id = after(event, R"("alert_id":")");
    std::uint32_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    const MixedAlert alert = alert_of(number);
    if (number == 0 || !asks(alert) || after(event, R"("query":")") != alert.name) {
        wrong_events_.push_back(output + ": an event of no such alert: " + std::string(event));
        return;
    }
    if (event.find(R"("error":)") != std::string_view::npos) return;  // beside the events that must come
    Told& told = told_[output][number];
    if (event.find(R"("integration":"otx")") != std::string_view::npos) {
        ++told.by_otx;
        return;
    }
    if (event.find(R"("integration":"list")") != std::string_view::npos) {
        ++told.by_list;
        return;
    }
    ++told.by_stats;
    const bool first_contact = event.find("YOUR-FIRST-CONTACT") != std::string_view::npos;
    told.first_contact = told.first_contact || first_contact;
    const bool alerted = event.find(R"("alerts":[])") == std::string_view::npos;
    const bool is_right = !ages_          ? alerted
                          : is_new(alert) ? after(event, R"("category":")") == "NEW"
                                          : first_contact;
    if (!is_right) wrong_events_.push_back(described(output, number, alert) + " has a wrong event");
}

Ledger::Told Ledger::told(const std::string& output, std::uint32_t number) const {
    const auto of_output = told_.find(output);
    if (of_output == told_.end()) return {};
    const auto found = of_output->second.find(number);
    return found == of_output->second.end() ? Told() : found->second;
}

bool Ledger::excused(const Accepted& accepted, const MixedAlert& alert) const {
    return accepted.may_be_lost || std::any_of(filtered_.begin(), filtered_.end(), [&](const auto& suffix) {
               return alert.name.ends_with(suffix);
           });
}

bool Ledger::lost(const Told& told, const Accepted& accepted, const MixedAlert& alert) const {
    if (!asks(alert) || excused(accepted, alert)) return false;
    const bool event = ages_ && is_new(alert);
    // One that comes again after a power cut is no first contact any more.
    const bool suspicious = event || (told.first_contact && !accepted.came_again);
    const bool otx = alert.hit() && suspicious && !otx_changed_ && !given_up_by_otx(alert.name);
    const bool list = lists_ && is_listed(alert) && !accepted.may_lack_list;
    return (event && told.by_stats == 0) || (otx && told.by_otx == 0) || (list && told.by_list == 0);
}

void Ledger::look_at_events(const std::string& output, std::vector<std::string>& wrong) const {
    // What Wazuh is sent again may have come twice already.
    const unsigned most = (1 + repeats_) * (output == "wazuh" ? 1 + repeats_of_wazuh_ : 1);
    const auto of_output = told_.find(output);
    if (of_output == told_.end()) return;
    for (const auto& [number, events] : of_output->second) {
        const MixedAlert alert = alert_of(number);
        if (events.by_stats > most || events.by_otx > most || events.by_list > most)
            wrong.push_back(described(output, number, alert) + " has an event too often");
        if (events.by_otx > 0 && !alert.hit())
            wrong.push_back(described(output, number, alert) + " has an event of OTX");
        if (events.by_list > 0 && !(lists_ && is_listed(alert)))
            wrong.push_back(described(output, number, alert) + " has an event of a list");
    }
}

/// It was asked for when the list was not in use yet by the clock, or in the same second, or of an earlier
/// process.
bool Ledger::may_be_retro(const Accepted& accepted) const {
    return accepted.may_lack_list || repeats_ > 0 ||
           std::any_of(list_in_use_since_.begin(), list_in_use_since_.end(),
                       [&](WallTime since) { return accepted.by_clock <= since; });
}

/// Of listed names.
void Ledger::look_at_retro(const std::string& output, std::vector<std::string>& wrong) const {
    const unsigned most = (1 + repeats_) * (output == "wazuh" ? 1 + repeats_of_wazuh_ : 1);
    const auto of_output = retro_.find(output);
    if (of_output == retro_.end()) return;
    for (const auto& [name, times] : of_output->second) {
        const bool reason =
            std::any_of(accepted_.begin(), accepted_.end(),
                        [&, &name = name](const auto& one) {
                            return alert_of(one.first).domain() == name && may_be_retro(one.second);
                        }) ||
            refused_.contains(name);
        if (!lists_ || !listed().contains(name) || !reason || times > most)
            wrong.push_back(output + ": " + std::to_string(times) + " retro events of " += name);
    }
}

void Ledger::look_at_alerts(const std::string& output, std::vector<std::string>& wrong) const {
    for (const auto& [number, one] : accepted_) {
        const MixedAlert alert = alert_of(number);
        if (lost(told(output, number), one, alert))
            wrong.push_back(described(output, number, alert) + " lacks an event");
    }
}

void Ledger::look_at_first_contacts(const std::string& output, std::vector<std::string>& wrong) const {
    struct Contacts {
        unsigned times = 0;
        bool may_be_none = false;
        bool accepted = false;
    };
    std::map<std::string, Contacts> domains;
    for (const auto& [number, one] : accepted_) {
        const MixedAlert alert = alert_of(number);
        if (!asks(alert)) continue;
        Contacts& contacts = domains[std::string(alert.domain())];
        contacts.accepted = true;
        // One that is lost may have been the first.
        if (excused(one, alert) || one.may_lack_first_contact) contacts.may_be_none = true;
    }
    if (const auto of_output = told_.find(output); of_output != told_.end())
        for (const auto& [number, events] : of_output->second)
            if (events.first_contact) ++domains[std::string(alert_of(number).domain())].times;
    for (const auto& [domain, contacts] : domains) {
        const bool may_be_none = contacts.may_be_none || asked_before_a_power_cut_.contains(domain);
        const bool none = contacts.times == 0 && contacts.accepted && !may_be_none;
        // What was reported may not have been noted.
        if (none || contacts.times > 1 + power_cuts_ + ends_without_state_)
            wrong.push_back(output + ": " + std::to_string(contacts.times) + " first contacts of " += domain);
    }
}

std::vector<std::string> Ledger::wrong(const std::set<std::string>& outputs) const {
    std::vector<std::string> wrong = wrong_events_;
    for (const std::string& output : outputs) {
        look_at_events(output, wrong);
        look_at_retro(output, wrong);
        look_at_alerts(output, wrong);
        look_at_first_contacts(output, wrong);
    }
    return wrong;
}

std::optional<Clock::time_point> Ledger::waits_since(const std::string& output) const {
    std::optional<Clock::time_point> oldest;
    for (const auto& [number, one] : accepted_)
        if (lost(told(output, number), one, alert_of(number)) && (!oldest || one.at < *oldest))
            oldest = one.at;
    return oldest;
}

}  // namespace enrichd::test::simulation
