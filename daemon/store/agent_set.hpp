// Which agents have asked for a domain: each of them up to eight, then an estimate of their number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace enrichd {

/// An agent's place in the table of agents.
using AgentNumber = std::uint16_t;

class AgentSet {
  public:
    static constexpr std::size_t exact = 8;

    /// What bytes() gave; a set of what can be read, if it is damaged.
    static AgentSet parse(std::string_view bytes);

    /// True when this changed it. For more than eight agents one that is new often changes nothing.
    bool add(AgentNumber agent);

    /// All of another set. Of more than eight agents its registers, where they are higher.
    void add(const AgentSet& other);

    /// Whether add() would change it.
    bool would_change(AgentNumber agent) const;

    /// Exact to eight; beyond, by HyperLogLog with 32 registers (Flajolet et al. 2007): a standard error of
    /// 18 per cent, never below nine.
    std::uint32_t size() const;

    /// While they are known one by one.
    bool is_exact() const { return count_ <= exact; }
    std::size_t count() const { return is_exact() ? count_ : 0; }
    AgentNumber agent(std::size_t place) const;

    /// Two bytes for each agent, at most 17 in all.
    std::string bytes() const;

    bool operator==(const AgentSet&) const = default;

  private:
    static constexpr std::uint8_t sketched = exact + 1;

    bool has(AgentNumber agent) const;
    bool raise(AgentNumber agent);
    bool raise(std::size_t place, unsigned rank);
    void become_sketch();
    unsigned reg(std::size_t place) const;

    std::array<std::uint8_t, 16> data_{};  // the agents; or the registers, two a byte
    std::uint8_t count_ = 0;               // of agents; sketched
};

}  // namespace enrichd
