// An example of a stage that needs nothing but the name: one that is longer than 40 characters gives an
// event.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "pipeline/stage.hpp"

namespace enrichd::examples {

class LongNames final : public Stage {
  public:
    /// Of the name as a resolver asks for it: internationalised labels count as A-labels, without the last
    /// dot.
    static constexpr std::size_t longest = 40;

    std::string_view name() const override { return "long_names"; }
    bool wants(const Job&) const override { return true; }
    std::optional<Findings> known(const HostName& name, const Job& job) override;
    task<result<Findings>> ask(const HostName& name, Job& job) override;
    void filter(const GateOptions&) override {}  // nothing goes on the wire
    std::size_t room() const override { return std::numeric_limits<std::size_t>::max(); }
};

}  // namespace enrichd::examples
