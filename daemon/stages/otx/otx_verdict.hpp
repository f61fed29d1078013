// What AlienVault OTX says of a name, as it came and what counts as a hit.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/confidence.hpp"

namespace enrichd {

/// What OTX is asked for: a host name, or the registrable domain that it lies under.
enum class OtxSubject { hostname, domain };

std::string_view label(OtxSubject subject);

/// A report that names the indicator.
struct Pulse {
    std::string id;
    std::string name;
    std::string author;    // empty when OTX does not say
    std::string modified;  // "2026-07-02T09:14:07.412000", UTC
    std::vector<std::string> tags;
    std::vector<std::string> malware_families;
    std::vector<std::string> attack_ids;
    std::string adversary;
    std::string tlp;
    std::string cloned_from;  // id of the pulse that it copies; empty for an original
    bool active = true;       // the indicator has not expired in this pulse
    bool operator==(const Pulse&) const = default;
};

/// The body of an answer, bounded: at most 64 pulses, lists of 16 (2,048 tags), texts of 256 bytes.
struct OtxAnswer {
    std::vector<Pulse> pulses;
    std::vector<std::string> popular;  // why the name is well known: "Akamai rank: #2138"
    std::vector<std::string> benign;   // why it is harmless: "Whitelisted domain x.com"
    std::vector<std::string> sections;
    std::string type;
    std::string base_indicator = "{}";  // a JSON object, at most 2 KiB
};

/// Reads the body of an answer about `name`, a HostName's text. Missing and oddly typed fields are tolerated.
/// Errors: body_not_json, body_too_large; body_wrong_shape when there is no pulse_info, or it counts pulses
/// and has none; rate_limited for a `detail` in its place, as OTX tells strangers with status 200; other_name
/// when its indicator is another.
[[nodiscard]] result<OtxAnswer> parse_otx(std::string_view body, std::string_view name);

/// What is left of an answer after the filters (stages/otx/pulse_filter.hpp).
struct OtxVerdict {
    std::vector<Pulse> pulses;    // the most telling first, at most 16
    std::size_t pulse_count = 0;  // that passed, clones of one counted once; 0 is a miss
    Confidence confidence = Confidence::low;
    std::vector<std::string> reasons;  // sentences: what raised, lowered or left out
    std::vector<std::string> sections;
    std::string type;
    std::string base_indicator = "{}";

    bool refused = false;  // OTX takes the name for no name, so there is nothing to know

    bool hit() const { return pulse_count > 0; }
};

/// Shared by the cache and all who wait for it.
using OtxVerdictPtr = std::shared_ptr<const OtxVerdict>;

/// Bytes on the heap, for the cache's bound.
std::size_t heap_bytes(const OtxVerdictPtr& verdict);

}  // namespace enrichd
