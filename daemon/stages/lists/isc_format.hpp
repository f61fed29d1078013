// The list of newly seen domains of the SANS Internet Storm Center.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "stages/lists/list_builder.hpp"
#include "stages/lists/list_entries.hpp"

namespace enrichd {

/// Reads an array of objects with a member "domainname"; "firstseen", a number whose name contains "score"
/// and a text whose name contains "reason" are its note. What was first seen before `oldest` is left out and
/// not counted. Errors: table_not_json, table_wrong_shape.
[[nodiscard]] error read_isc(std::string_view text, WallTime oldest, ListBuilder& builder);

/// The list of a day such as "2026-11-21" as changes of a list of several days. An entry without a date, or
/// with a later one, counts from that day. Errors as above;
/// list_too_large; list_no_names, when it has entries and none has a name.
[[nodiscard]] error read_isc(std::string_view text, const std::string& day, EntryChanges& changes);

/// What the note of an entry holds.
struct IscNote {
    std::string first_seen;  // "2026-11-21", as ISC writes it
    std::optional<double> score{};
    std::string reason{};
};
std::string to_note(const IscNote& note);
IscNote isc_note_of(std::string_view note);

}  // namespace enrichd
