// A verdict of Domain Stats in one piece, as the cache and the state file keep it: less than half the memory
// of the verdict itself, and a million of them are read back without looking into one.
#pragma once

#include <string>
#include <string_view>

#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd {

class PackedVerdict {
  public:
    PackedVerdict(const DomainStatsVerdict& verdict);  // NOLINT(google-explicit-constructor)

    /// What bytes() was, in this version or an earlier one. Errors: body_not_json, body_wrong_shape.
    [[nodiscard]] static result<PackedVerdict> read(std::string bytes);

    DomainStatsVerdict unpack() const;

    /// Two of its fields, without unpacking the others.
    struct Brief {
        std::string_view category;
        bool provisional = false;
    };
    Brief brief() const;

    const std::string& bytes() const { return bytes_; }

  private:
    PackedVerdict() = default;

    std::string bytes_;
};

std::size_t heap_bytes(const PackedVerdict& verdict);

}  // namespace enrichd
