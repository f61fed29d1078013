// Which alerts come: each follows from the seed and its number alone, so that a run can be had again and
// nobody needs to remember what was sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/wire.h"

namespace enrichd::test {

enum class Kind : std::uint8_t {
    hot_new,          // of a few hundred names that come again and again, judged NEW
    hot_established,  // the same, with nothing to tell
    hot_bad,          // the same, in OTX's pulses
    hot_idn,          // with letters beyond ASCII
    seen,             // a domain of its own, with nothing to tell
    own_new,          // a domain of its own, NEW
    own_bad,          // a domain of its own, in OTX's pulses
    new_host,         // a host of its own under one of a few domains
    internal,         // the gate keeps what follows within
    address,
    single_label,
    unknown_suffix,
    nameless,  // a proper alert that asks for nothing
    not_json,
    response  // an active response
};

struct MixedAlert {
    std::size_t number = 0;  // whose text it is
    Kind kind = Kind::hot_new;
    bool again = false;  // an earlier alert's text comes once more
    std::string name;

    wire_kind packet() const { return kind == Kind::response ? WIRE_KIND_ACTIVE_RESPONSE : WIRE_KIND_ALERT; }
    /// Whether it asks for anything.
    bool finished() const { return kind != Kind::nameless && kind != Kind::not_json; }
    /// Whether it is asked for at all.
    bool public_name() const { return kind <= Kind::new_host; }
    /// Whether Domain Stats' event of it must be at Wazuh's end.
    bool told() const { return public_name() && kind != Kind::hot_established && kind != Kind::seen; }
    /// Whether OTX's event must be.
    bool hit() const { return name.starts_with("bad"); }
    /// Its registrable domain; all names here that have one are under plain top-level domains.
    std::string_view domain() const;
};

class Mix {
  public:
    explicit Mix(std::uint64_t seed) : seed_(seed) {}

    /// From 1.
    MixedAlert alert(std::size_t number) const;

    /// The bytes that Wazuh writes.
    static std::string text(const MixedAlert& alert);

    /// The suffix of the names that the gate keeps within.
    static constexpr const char* internal_suffix = "corp.example-works.com";

  private:
    std::uint64_t seed_;
};

}  // namespace enrichd::test
