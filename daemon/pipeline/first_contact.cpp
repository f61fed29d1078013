#include "pipeline/first_contact.hpp"

#include <utility>

namespace enrichd {

using std::chrono::minutes;
using std::chrono::seconds;
using namespace std::chrono_literals;

bool ServerZone::learn(WallTime seen_by_you, WallTime server_now) {
    // Half a quarter is added so that the division rounds; an answer may be made a minute before it is sent.
    const auto difference = seen_by_you - server_now + 7min + 30s;
    const seconds offset = std::chrono::floor<std::chrono::duration<long, std::ratio<900>>>(difference);
    return std::exchange(offset_, offset) != offset;
}

seconds ServerZone::age(WallTime seen_by_you, WallTime server_now) const {
    const seconds age = server_now - seen_by_you + offset_.value_or(0s);
    if (offset_ || age >= -2s) return age;
    return age + std::chrono::ceil<std::chrono::hours>(-age);
}

bool first_contact_was_lost(const Asked& asked, seconds age, WallTime now) {
    // The server's two times are whole seconds, each up to one too small.
    constexpr seconds rounding(1);
    return asked.first && asked.times > 1 && age <= asked.elapsed(now) + rounding;
}

}  // namespace enrichd
