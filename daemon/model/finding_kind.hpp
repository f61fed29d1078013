// What an event reports, by kind: what the policy of events is about.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace enrichd {

/// In this order in the state file too: new ones come last.
enum class FindingKind : std::uint8_t {
    first_contact,
    low_frequency,
    suspect_frequency,
    new_domain,
    list,
    otx,
    isc_first_seen,
    isc_warning,
    other,  // an alert of a Domain Stats server that is none of these
    nxdomain_burst,
    tunnel
};

/// As the configuration, metrics and the admin socket write them.
inline constexpr std::array<std::string_view, 11> finding_kind_names{
    "first_contact", "low_frequency", "suspect_frequency", "new",   "list", "otx", "isc_first_seen",
    "isc_warning",   "other",         "nxdomain_burst",    "tunnel"};

/// The first of them have a key of their own in policy.report; the others are always events.
inline constexpr std::size_t reported_kinds = 6;

constexpr std::string_view label(FindingKind kind) {
    return finding_kind_names[static_cast<std::size_t>(kind)];
}

constexpr std::optional<FindingKind> finding_kind_of(std::string_view name) {
    for (std::size_t i = 0; i < finding_kind_names.size(); ++i)
        if (finding_kind_names[i] == name) return static_cast<FindingKind>(i);
    return std::nullopt;
}

class KindSet {
  public:
    constexpr KindSet() = default;
    constexpr KindSet(std::initializer_list<FindingKind> kinds) {
        for (const FindingKind kind : kinds) add(kind);
    }
    static constexpr KindSet all() {
        KindSet out;
        out.bits_ = (1U << finding_kind_names.size()) - 1;
        return out;
    }
    static constexpr KindSet of_bits(std::uint16_t bits) {
        KindSet out;
        out.bits_ = bits & all().bits_;
        return out;
    }

    constexpr void add(FindingKind kind) { bits_ |= bit(kind); }
    constexpr void remove(FindingKind kind) { bits_ &= static_cast<std::uint16_t>(~bit(kind)); }
    constexpr bool has(FindingKind kind) const { return (bits_ & bit(kind)) != 0; }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr std::uint16_t bits() const { return bits_; }

    constexpr KindSet operator|(KindSet other) const { return of_bits(bits_ | other.bits_); }
    constexpr KindSet operator&(KindSet other) const { return of_bits(bits_ & other.bits_); }
    constexpr KindSet operator-(KindSet other) const {
        return of_bits(bits_ & static_cast<std::uint16_t>(~other.bits_));
    }
    constexpr bool operator==(const KindSet&) const = default;

    template <class Each>
    constexpr void for_each(Each each) const {
        for (std::size_t i = 0; i < finding_kind_names.size(); ++i)
            if (has(static_cast<FindingKind>(i))) each(static_cast<FindingKind>(i));
    }

  private:
    static constexpr std::uint16_t bit(FindingKind kind) {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
    }
    std::uint16_t bits_ = 0;
};

/// Found by what many queries have in common.
inline constexpr KindSet burst_kinds{FindingKind::nxdomain_burst, FindingKind::tunnel};

}  // namespace enrichd
