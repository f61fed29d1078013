// The allowlist: names of which certain findings are not reported. One row a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace enrichd {

struct AllowedName {
    std::string name;         // lower case
    bool below = false;       // and all names below it
    std::uint16_t kinds = 0;  // KindSet::bits()
    std::optional<WallTime> until{};
    std::string note{};
    WallTime added{};
    bool operator==(const AllowedName&) const = default;
};

class AllowedNames {
  public:
    static constexpr std::size_t most = 100'000;

    explicit AllowedNames(Database& database) : database_(database) {}

    task<result<std::vector<AllowedName>>> load();

    /// Replaces the row of this name. It is in the file when this returns.
    task<error> add(AllowedName name);
    task<error> remove(std::string name, bool below);

  private:
    Database& database_;
};

}  // namespace enrichd
