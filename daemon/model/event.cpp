#include "model/event.hpp"

namespace enrichd {

void Event::insert(std::string_view key, std::string_view value) {
    if (more_at == 0) return;
    std::string more = ",\"";
    more.append(key).append("\":").append(value);
    json.insert(more_at, more);
    more_at += more.size();
}

}  // namespace enrichd
