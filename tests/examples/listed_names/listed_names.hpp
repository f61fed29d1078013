// An example of a stage, which docs/dev/adding-a-stage.md walks through: a file lists names, one a line, and
// an alert for one of them gives an event.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.hpp"
#include "pipeline/stage.hpp"

namespace enrichd::examples {

class ListedNames final : public Stage {
  public:
    /// Reads the file. Lines that are no name are left out. Errors: those of the file.
    static result<std::unordered_set<std::string>> read(const std::string& file);

    explicit ListedNames(std::unordered_set<std::string> names) : names_(std::move(names)) {}

    std::string_view name() const override { return "listed_names"; }
    bool wants(const Job&) const override { return true; }
    std::optional<Findings> known(const HostName& name, const Job& job) override;
    task<result<Findings>> ask(const HostName& name, Job& job) override;
    void filter(const GateOptions&) override {}  // nothing goes on the wire
    std::size_t room() const override { return std::numeric_limits<std::size_t>::max(); }

  private:
    std::unordered_set<std::string> names_;
};

}  // namespace enrichd::examples
