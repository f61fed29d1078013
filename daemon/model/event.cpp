#include "model/event.hpp"

namespace enrichd {

void Event::insert(std::string_view key, std::uint32_t number) {
    if (more_at == 0) return;
    std::string more = ",\"";
    more.append(key).append("\":").append(std::to_string(number));
    json.insert(more_at, more);
    more_at += more.size();
}

}  // namespace enrichd
