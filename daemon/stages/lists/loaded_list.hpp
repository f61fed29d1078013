// A list in use. It never changes: another one takes its place.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "stages/lists/list_builder.hpp"
#include "stages/lists/lists_config.hpp"

namespace enrichd {

struct LoadedList {
    ListConfig config;
    std::shared_ptr<const ReadList> read;
    WallTime since{};  // a file: when it was written; a URL: when it was last seen to be like this
};
using LoadedListPtr = std::shared_ptr<const LoadedList>;

/// Whether the same text would be read as something else.
inline bool read_alike(const ListConfig& a, const ListConfig& b) {
    return a.from == b.from && a.format == b.format && a.column == b.column && a.match == b.match &&
           a.action == b.action && a.new_for == b.new_for;
}

}  // namespace enrichd
