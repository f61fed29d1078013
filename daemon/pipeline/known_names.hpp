// Domains that are treated as established: the seam to the lists that have them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace enrichd {

class KnownNames {
  public:
    virtual ~KnownNames() = default;

    /// The name of the list that has the registrable domain; empty: none has it.
    virtual std::string known_by(std::string_view domain) const = 0;

    /// The number of names in these lists.
    virtual std::size_t known_names() const = 0;
};

}  // namespace enrichd
