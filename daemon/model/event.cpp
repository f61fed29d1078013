#include "model/event.hpp"

namespace enrichd {

void Event::insert(std::string_view key, std::string_view value) {
    if (more_at == 0) return;
    for (const std::string_view part : {std::string_view(",\""), key, std::string_view("\":"), value}) {
        json.insert(more_at, part);
        more_at += part.size();
    }
}

}  // namespace enrichd
