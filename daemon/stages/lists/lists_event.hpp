// What Wazuh gets of a listed name.
#pragma once

#include <string_view>

#include "model/event.hpp"
#include "pipeline/name_marks.hpp"

namespace enrichd {

inline constexpr OwnEvents list_events{"list", "Lists", false, {"enrichd_list", "enrichd_list_hit"}};

/// `marks.hit` is set. `domain`: the registrable one, may be empty.
Event list_event(const Alert& alert, std::string_view domain, const NameMarks& marks);

}  // namespace enrichd
