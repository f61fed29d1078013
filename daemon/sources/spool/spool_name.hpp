// The name of a spooled alert (proto/README.md).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/event.hpp"

namespace enrichd {

/// Names sort by age.
struct SpoolName {
    std::uint64_t id = 0;
    Destination destination = Destination::siem;

    static std::optional<SpoolName> parse(std::string_view text);

    /// The one text that parse() reads as this.
    std::string text() const;

    friend auto operator<=>(const SpoolName&, const SpoolName&) = default;
};

}  // namespace enrichd
