// Attributes of a MISP server: what is asked for, and what is taken from an answer. After MISP's API
// documentation of attributes/restSearch.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "stages/lists/list_entries.hpp"

namespace enrichd {

inline constexpr std::size_t misp_page_size = 1'000;  // attributes

/// Which attributes a question is about. The server leaves out what is on its warning lists, what has
/// decayed, and events that are not published.
struct MispQuestion {
    /// "timestamp" or "publish_timestamp": those that changed, or whose event was published, since `since`,
    /// deleted ones too. Empty: all that are there and are for detection.
    std::string_view changed_by{};
    WallTime since{};
};

/// The body of a request. `page` counts from 1.
std::string misp_request(const MispQuestion& question, std::size_t page);

/// What an answer held.
struct MispPage {
    std::size_t attributes = 0;
    std::size_t fresh = 0;  // keys that the changes did not have before
};

/// Puts the names of a page into the changes: domain and domain|ip with all names below, hostname and the
/// host of a url alone. An attribute that is deleted, not for detection or has no name removes its key.
/// Errors: table_not_json, table_wrong_shape,
/// list_too_large. Blocks for as long as it computes.
[[nodiscard]] result<MispPage> read_misp(std::string_view body, EntryChanges& changes);

}  // namespace enrichd
