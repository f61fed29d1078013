#include "store/agent_set.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace enrichd {
namespace {

constexpr std::size_t registers = 32;
constexpr unsigned register_bits = 5;
constexpr unsigned largest = 15;  // what four bits hold

/// The finalizer of MurmurHash3, which Austin Appleby has given to the public.
std::uint64_t mixed(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 33U)) * 0xFF51AFD7ED558CCDULL;
    value = (value ^ (value >> 33U)) * 0xC4CEB9FE1A85EC53ULL;
    return value ^ (value >> 33U);
}

struct Mark {
    std::size_t place;
    unsigned rank;
};

/// What an agent leaves in the registers.
Mark mark_of(AgentNumber agent) {
    const std::uint64_t hash = mixed(agent);
    const auto zeros = static_cast<unsigned>(std::countr_zero(hash >> register_bits));
    return {hash & (registers - 1), std::min(zeros + 1, largest)};
}

}  // namespace

AgentSet AgentSet::parse(std::string_view bytes) {
    AgentSet out;
    const bool sketch = bytes.size() > out.data_.size();
    out.count_ = sketch ? sketched : static_cast<std::uint8_t>(bytes.size() / 2);
    if (sketch) bytes.remove_prefix(1);
    for (std::size_t i = 0; i < std::min(bytes.size(), out.data_.size()); ++i)
        out.data_[i] = static_cast<std::uint8_t>(bytes[i]);
    return out;
}

std::string AgentSet::bytes() const {
    const auto* const begin = reinterpret_cast<const char*>(data_.data());  // NOLINT: bytes are bytes
    if (!is_exact()) return std::string(1, '\xff').append(begin, data_.size());
    return {begin, std::size_t{2} * count_};
}

AgentNumber AgentSet::agent(std::size_t place) const {
    return static_cast<AgentNumber>(data_[2 * place] | data_[2 * place + 1] << 8U);
}

bool AgentSet::has(AgentNumber agent_number) const {
    for (std::size_t i = 0; i < count_; ++i)
        if (agent(i) == agent_number) return true;
    return false;
}

bool AgentSet::would_change(AgentNumber agent) const {
    if (is_exact()) return !has(agent);
    const Mark mark = mark_of(agent);
    return mark.rank > reg(mark.place);
}

bool AgentSet::add(AgentNumber agent_number) {
    if (!is_exact()) return raise(agent_number);
    if (has(agent_number)) return false;
    if (count_ < exact) {
        data_[std::size_t{2} * count_] = static_cast<std::uint8_t>(agent_number & 0xFFU);
        data_[std::size_t{2} * count_ + 1] = static_cast<std::uint8_t>(agent_number >> 8U);
        ++count_;
        return true;
    }
    become_sketch();
    raise(agent_number);
    return true;
}

void AgentSet::add(const AgentSet& other) {
    for (std::size_t i = 0; i < other.count(); ++i) add(other.agent(i));
    if (other.is_exact()) return;
    if (is_exact()) become_sketch();
    for (std::size_t place = 0; place < registers; ++place) raise(place, other.reg(place));
}

void AgentSet::become_sketch() {
    AgentSet sketch;
    sketch.count_ = sketched;
    for (std::size_t i = 0; i < count_; ++i) sketch.raise(agent(i));
    *this = sketch;
}

unsigned AgentSet::reg(std::size_t place) const {
    const unsigned both = data_[place / 2];
    return place % 2 == 0 ? both & 0xFU : both >> 4U;
}

bool AgentSet::raise(AgentNumber agent_number) {
    const Mark mark = mark_of(agent_number);
    return raise(mark.place, mark.rank);
}

bool AgentSet::raise(std::size_t place, unsigned rank) {
    if (rank <= reg(place)) return false;
    std::uint8_t& both = data_[place / 2];
    const bool low = place % 2 == 0;
    const unsigned other = low ? both & 0xF0U : both & 0xFU;
    both = static_cast<std::uint8_t>(other | (low ? rank : rank << 4U));
    return true;
}

std::uint32_t AgentSet::size() const {
    if (is_exact()) return count_;
    constexpr double m = registers;
    constexpr double alpha = 0.697;
    double sum = 0;
    double zero = 0;
    for (std::size_t i = 0; i < registers; ++i) {
        sum += std::ldexp(1.0, -static_cast<int>(reg(i)));
        zero += reg(i) == 0 ? 1 : 0;
    }
    double estimate = alpha * m * m / sum;
    if (estimate <= 2.5 * m && zero > 0) estimate = m * std::log(m / zero);
    return std::max<std::uint32_t>(sketched, static_cast<std::uint32_t>(std::lround(estimate)));
}

}  // namespace enrichd
