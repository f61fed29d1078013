// read_csv: one column of a table.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "stages/lists/line_formats.hpp"

namespace enrichd {
namespace {

constexpr std::size_t most_columns = 1'000;

/// The cells of a line. A cell in quotes may hold commas and doubled quotes; it ends with the line.
std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    while (cells.size() < most_columns) {
        line = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
        std::string cell;
        if (line.starts_with('"')) {
            std::size_t i = 1;
            for (; i < line.size(); ++i) {
                if (line[i] != '"')
                    cell.push_back(line[i]);
                else if (i + 1 < line.size() && line[i + 1] == '"')
                    cell.push_back(line[i++]);
                else
                    break;
            }
            line.remove_prefix(std::min(line.find(',', std::min(i, line.size())), line.size()));
        } else {
            const std::size_t end = std::min(line.find(','), line.size());
            cell = trimmed(line.substr(0, end));
            line.remove_prefix(end);
        }
        cells.push_back(std::move(cell));
        if (line.empty()) break;
        line.remove_prefix(1);  // the comma
    }
    return cells;
}

std::optional<std::size_t> place_of(std::string_view column, const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == column) return i;
    return std::nullopt;
}

std::optional<std::size_t> number_of(std::string_view column) {
    std::size_t number = 0;
    const char* const end = column.data() + column.size();
    const auto [rest, ec] = std::from_chars(column.data(), end, number);
    if (ec != std::errc{} || rest != end || number == 0) return std::nullopt;
    return number - 1;
}

std::string_view without_wildcard(std::string_view name) {
    if (name.starts_with("*.")) name.remove_prefix(2);
    return name;
}

}  // namespace

bool read_csv(std::string_view text, std::string_view column, ListBuilder& builder) {
    std::optional<std::size_t> place = number_of(column);
    std::vector<std::string> last_comment;  // some services write the names of the columns there
    bool found = place.has_value();
    for_each_line(text, [&](std::size_t number, std::string_view line) {
        builder.at(number, line);
        line = trimmed(line);
        if (line.empty()) return true;
        if (line.starts_with('#')) {
            if (!place) last_comment = cells_of(line.substr(1));
            return true;
        }
        const std::vector<std::string> cells = cells_of(line);
        if (!place) {
            place = place_of(column, last_comment);
            const bool header = !place;
            if (header) place = place_of(column, cells);
            found = place.has_value();
            if (!found) return false;
            if (header) return true;
        }
        if (*place >= cells.size())
            builder.leave_out("the column is missing");
        else if (builder.add(without_wildcard(cells[*place]), suffix_listing))
            builder.count_entry();
        return true;
    });
    return found;
}

}  // namespace enrichd
