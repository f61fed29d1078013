// Finds out cheaply that a line cannot hold a queried name, which most lines cannot: before any of it is read
// as JSON.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace enrichd {

class FieldFilter {
  public:
    /// `pointers`: JSON pointers to the queried name. Of each the key is looked for that the fewest alerts
    /// have.
    explicit FieldFilter(const std::vector<std::string>& pointers);

    /// False when none of the pointers leads to anything in this JSON text. True may be wrong.
    bool may_hold_name(std::string_view line) const;

  private:
    bool ends_with_key(std::string_view before_quote) const;

    bool all_ = false;               // of a pointer no key can be looked for: any line may hold a name
    std::vector<std::string> keys_;  // each with its opening quote
    std::array<bool, 256> last_{};   // the last bytes of them
};

}  // namespace enrichd
