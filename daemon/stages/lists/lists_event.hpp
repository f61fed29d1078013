// What Wazuh gets of a listed name.
#pragma once

#include <string_view>

#include "model/event.hpp"
#include "pipeline/name_marks.hpp"
#include "stages/lists/lists_config.hpp"
#include "store/asked_names.hpp"

namespace enrichd {

inline constexpr OwnEvents list_events{"list", "Lists", false, {"enrichd_list", "enrichd_list_hit"}};

/// What of a list was asked for before the list had it.
struct RetroName {
    std::string_view name;
    std::string_view domain;  // the registrable one, may be empty
    bool below;               // names below it
};
Event retro_event(const ListConfig& list, const RetroName& name, const AskedNames::Asked& asked);

/// `marks.hit` is set. `domain`: the registrable one, may be empty.
Event list_event(const Alert& alert, std::string_view domain, const NameMarks& marks);

}  // namespace enrichd
