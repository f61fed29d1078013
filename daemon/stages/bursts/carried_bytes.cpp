#include "stages/bursts/carried_bytes.hpp"

#include <cmath>
#include <functional>
#include <utility>

namespace enrichd {
namespace {

constexpr Clock::duration carried_kept_for = std::chrono::hours(48);

/// The bit of a name.
struct Mark {
    std::size_t word;
    std::uint64_t bit;
};

Mark mark_of(std::string_view host) {
    constexpr std::size_t bits = 64;
    const std::size_t hash = std::hash<std::string_view>()(host);
    return {hash / bits % Carried::Half::words, std::uint64_t{1} << (hash % bits)};
}

bool is_known(const Carried& carried, std::int64_t number, const Mark& mark) {
    for (const Carried::Half* const half : {&carried.now, &carried.before})
        if (half->number == number)
            return (half->seen[mark.word] & mark.bit) != 0 && half->names < Carried::Half::distinguished;
    return false;
}

/// The half with this number, which may be a new one; null when it is over.
Carried::Half* half_of(Carried& carried, std::int64_t number) {
    if (number > carried.now.number) {
        carried.before = number == carried.now.number + 1 ? carried.now : Carried::Half{number - 1};
        carried.now = Carried::Half{number};
        carried.examples.clear();
    }
    if (number == carried.now.number) return &carried.now;
    return number == carried.before.number ? &carried.before : nullptr;
}

}  // namespace

double information(std::string_view text) {
    std::array<std::uint32_t, 256> count{};
    for (const char c : text) ++count[static_cast<unsigned char>(c)];
    const auto size = static_cast<double>(text.size());
    double bits = 0;
    for (const std::uint32_t one : count)
        if (one > 0) bits -= one * std::log2(one / size);
    return bits / 8;
}

void CarriedBytes::configure(std::size_t bytes, std::chrono::milliseconds window) {
    bytes_ = static_cast<double>(bytes);
    const auto half = std::chrono::ceil<std::chrono::seconds>(window / 2);
    if (half != half_) pairs_.clear();  // their halves have other numbers
    half_ = half;
}

const Carried* CarriedBytes::note(const std::string& pair, std::string_view host, WallTime at,
                                  Clock::time_point now) {
    const std::int64_t number = at.time_since_epoch() / half_;
    const Carried* const known = pairs_.find(pair, now);
    const Mark mark = mark_of(host);
    if (known && is_known(*known, number, mark)) return tunnel(known);
    Carried next = known ? *known : Carried();
    Carried::Half* const half = half_of(next, number);
    if (!half) return nullptr;
    half->seen[mark.word] |= mark.bit;
    half->bytes += information(host);
    ++half->names;
    if (next.examples.size() < Carried::most_examples) next.examples.emplace_back(host);
    pairs_.put(pair, std::move(next), carried_kept_for, now);
    return tunnel(pairs_.peek(pair, now));
}

const Carried* CarriedBytes::tunnel(const Carried* carried) const {
    return carried && carried->bytes() >= bytes_ ? carried : nullptr;
}

}  // namespace enrichd
