#include "pipeline/self_test.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "model/location.hpp"

namespace enrichd {
namespace {

/// Under a special-use name: nobody else would look it up either.
constexpr const char* suffix = ".selftest.enrichd.invalid";

std::string random_name() {
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(random_seed()));
    return digits.data() + std::string(suffix);
}

}  // namespace

bool SelfTests::is_name(std::string_view name) {
    return name.ends_with(suffix);
}

std::string SelfTests::expect() {
    forget_old();
    if (tests_.size() >= most) return {};
    std::string name = random_name();
    tests_.emplace(name, SelfTest{Clock::now()});
    return name;
}

std::optional<Event> SelfTests::event_for(const Alert& alert, std::string_view source) {
    if (tests_.empty()) return std::nullopt;
    forget_old();
    const auto found = tests_.find(alert.query);
    if (found == tests_.end()) return std::nullopt;
    // One that an output did not take comes again when it could not be kept.
    if (found->second.reported && found->second.waiting.empty()) return std::nullopt;
    if (!found->second.reported) ++count_;
    found->second.source = source;
    const nlohmann::ordered_json json{{"integration", kind},
                                      {kind, {{"name", alert.query}, {"alert_id", alert.id}}}};
    return Event{kind, location(alert.agent, "dns_stats"), alert.agent,
                 json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

void SelfTests::reported(const std::string& name, const std::vector<Undelivered>& left) {
    const auto found = tests_.find(name);
    if (found == tests_.end()) return;
    found->second.reported = true;
    found->second.waiting.clear();
    for (const Undelivered& one : left) found->second.waiting.emplace_back(one.output);
}

const SelfTest* SelfTests::find(const std::string& name) {
    forget_old();
    const auto found = tests_.find(name);
    return found == tests_.end() ? nullptr : &found->second;
}

void SelfTests::forget_old() {
    const Clock::time_point now = Clock::now();
    std::erase_if(tests_, [now](const auto& one) { return now - one.second.since > lifetime; });
}

}  // namespace enrichd
