#include "stages/otx/pulse_filter.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/units.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_kept = 16;  // an event holds fewer
constexpr std::size_t max_tags = 16;

bool same(const std::string& a, const std::string& b) {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool among(const std::string& text, const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return same(one, text); });
}

enum Left : std::size_t { other_author, ignored_tag, too_old, inactive, clone, left_count };

constexpr std::array<std::string_view, left_count> left_sentences{
    "by other authors", "with an ignored tag", "too old", "in which the indicator has expired",
    "cloned from another"};

/// Why a pulse does not count, or left_count when it does. One whose date cannot be read is not called old.
Left left_out(const Pulse& pulse, const PulseFilter& filter, WallTime now) {
    if (!filter.authors.empty() && !among(pulse.author, filter.authors)) return other_author;
    for (const std::string& tag : pulse.tags)
        if (among(tag, filter.ignore_tags)) return ignored_tag;
    const auto modified = parse_iso_date(pulse.modified);
    if (filter.max_age_days > 0 && modified &&
        now - *modified > std::chrono::days(static_cast<long>(filter.max_age_days)))
        return too_old;
    if (filter.require_active && !pulse.active) return inactive;
    return left_count;
}

const std::string& origin(const Pulse& pulse) {
    return pulse.cloned_from.empty() ? pulse.id : pulse.cloned_from;
}

/// The most telling first: active, originals, the latest.
bool tells_more(const Pulse& a, const Pulse& b) {
    const auto rank = [](const Pulse& one) { return std::pair(one.active, one.cloned_from.empty()); };
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.modified > b.modified;
}

std::string pulses(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " pulse " : " pulses ");
}

Confidence lowered(Confidence confidence) {
    return confidence == Confidence::high ? Confidence::medium : Confidence::low;
}

void weigh(const OtxAnswer& answer, OtxVerdict& out) {
    out.confidence = out.pulse_count > 1 ? Confidence::high : Confidence::medium;
    const bool expired =
        std::none_of(out.pulses.begin(), out.pulses.end(), [](const Pulse& pulse) { return pulse.active; });
    if (expired) {
        out.confidence = lowered(out.confidence);
        out.reasons.emplace_back("lowered: the indicator has expired in all of them");
    }
    if (!answer.popular.empty()) out.confidence = lowered(out.confidence);
    if (!answer.benign.empty()) out.confidence = Confidence::low;
    for (const std::string& why : answer.popular) out.reasons.push_back("lowered, popular: " + why);
    for (const std::string& why : answer.benign) out.reasons.push_back("low, benign: " + why);
}

}  // namespace

OtxVerdict verdict_of(const OtxAnswer& answer, const PulseFilter& filter, WallTime now) {
    OtxVerdict out;
    std::array<std::size_t, left_count> left{};
    std::vector<const Pulse*> passing;
    for (const Pulse& pulse : answer.pulses) {
        const Left why = left_out(pulse, filter, now);
        if (why == left_count)
            passing.push_back(&pulse);
        else
            ++left[why];
    }
    std::stable_sort(passing.begin(), passing.end(),
                     [](const Pulse* a, const Pulse* b) { return tells_more(*a, *b); });
    std::vector<std::string> origins;
    for (const Pulse* pulse : passing) {
        const std::string& from = origin(*pulse);
        if (!from.empty() && std::find(origins.begin(), origins.end(), from) != origins.end()) {
            ++left[clone];
            continue;
        }
        origins.push_back(from);
        if (out.pulses.size() == max_kept) continue;
        out.pulses.push_back(*pulse);
        std::vector<std::string>& tags = out.pulses.back().tags;
        if (tags.size() > max_tags) tags.resize(max_tags);
    }

    out.pulse_count = origins.size();
    out.reasons.push_back(pulses(out.pulse_count) + "counted");
    for (std::size_t why = 0; why < left_count; ++why)
        if (left[why] > 0)
            out.reasons.push_back(pulses(left[why]) + "left out: " + std::string(left_sentences[why]));
    if (out.pulse_count > 0) weigh(answer, out);
    if (out.pulse_count > 0 && out.pulse_count < filter.min_pulses) {
        out.reasons.push_back("fewer than min_pulses (" + std::to_string(filter.min_pulses) + ")");
        out.pulse_count = 0;
    }
    if (!out.hit()) out.pulses.clear();
    out.sections = answer.sections;
    out.type = answer.type;
    out.base_indicator = answer.base_indicator;
    return out;
}

}  // namespace enrichd
