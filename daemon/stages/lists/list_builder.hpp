// What the lines of a list become: names in an index, or lines that are left out and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/lists/lists_config.hpp"
#include "stages/lists/name_index.hpp"

namespace enrichd {

/// A line without a name that can be used.
struct LeftOut {
    std::size_t line;
    std::string text;      // its first bytes
    std::string_view why;  // lives for ever
};

/// A list that was read.
struct ReadList {
    static constexpr std::size_t most_examples = 5;

    ListFormat format = ListFormat::automatic;
    std::size_t entries = 0;   // lines with a name
    std::size_t left_out = 0;  // lines without one; comments do not count
    std::vector<LeftOut> examples{};
    std::unique_ptr<const NameIndex> index{};
};

class ListBuilder {
  public:
    ListBuilder(const ListConfig& config, ListFormat format);

    /// Before each line, whose number counts from 1.
    void at(std::size_t line, std::string_view text) {
        line_ = line;
        text_ = text;
    }

    /// A name in any case, perhaps internationalised or with a dot at its end. `listing`: what the format
    /// says of it; the configuration's `match` comes before it. False when it was left out.
    bool add(std::string_view name, std::uint8_t listing, std::string_view note = {});

    /// The present line has no name.
    void leave_out(std::string_view why);

    /// A name of the present line was added.
    void count_entry() { ++out_.entries; }

    ReadList finish();

  private:
    std::optional<std::string_view> normal(std::string_view name);
    bool add_known(std::string_view name, std::uint8_t listing);
    std::uint8_t not_taken(std::string_view name, std::uint8_t listing) const;
    std::uint8_t listing_for(std::uint8_t listing) const;

    const ListConfig& config_;
    std::unique_ptr<NameIndex> index_;
    ReadList out_;
    std::string name_;
    std::string parsed_;
    std::size_t line_ = 0;
    std::string_view text_;
};

}  // namespace enrichd
