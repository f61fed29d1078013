#include "stages/lists/read_list.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "stages/lists/isc_format.hpp"
#include "stages/lists/line_formats.hpp"
#include "stages/lists/list_entries.hpp"

namespace enrichd {
namespace {

constexpr std::size_t lines_for_detection = 200;
constexpr std::size_t few = 5;                  // wrong lines in a short file that somebody keeps by hand
constexpr std::size_t looked_at = 1024 * 1024;  // bytes, for detection

bool is_html(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.starts_with('<');
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The first lines that are no comments in any format.
std::vector<std::string_view> sample_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for_each_line(text.substr(0, std::min(text.size(), looked_at)), [&](std::size_t, std::string_view line) {
        const std::string_view bare = trimmed(line);
        if (!bare.empty() && bare.front() != '#' && bare.front() != '!' && bare.front() != ';')
            lines.push_back(line);
        return lines.size() < lines_for_detection;
    });
    return lines;
}

bool looks_like_zone(const std::vector<std::string_view>& lines) {
    return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
        std::string words(line.substr(0, 200));
        std::transform(words.begin(), words.end(), words.begin(),
                       [](unsigned char c) { return c == '\t' ? ' ' : static_cast<char>(std::tolower(c)); });
        return words.starts_with("$ttl") || words.starts_with("$origin") ||
               words.find(" soa ") != std::string::npos || words.find(" cname ") != std::string::npos;
    });
}

std::size_t taken(ListFormat format, const std::vector<std::string_view>& lines) {
    const ListConfig config;
    ListBuilder builder(config, format);
    for (const std::string_view line : lines) read_line(format, line, builder);
    return builder.finish().entries;
}

/// In other formats many lines may be about something else than a name.
bool one_kind_of_line(ListFormat format) {
    return format == ListFormat::domains || format == ListFormat::hosts;
}

error read_whole(std::string_view text, const ListConfig& config, ListFormat format, ListBuilder& builder) {
    const WallTime oldest =
        wall_seconds(WallClock::now()) - std::chrono::duration_cast<std::chrono::seconds>(config.new_for);
    const bool put_together = config.fetched() && (format == ListFormat::isc || format == ListFormat::misp);
    if (put_together && is_entries(text)) {
        read_entries(text, to_iso_date(oldest).substr(0, 10), builder);
    } else if (format == ListFormat::misp) {
        return errc::table_wrong_shape;
    } else if (format == ListFormat::rpz) {
        read_rpz(text, builder);
    } else if (format == ListFormat::isc) {
        return read_isc(text, oldest, builder);
    } else if (format == ListFormat::csv) {
        if (!read_csv(text, config.column, builder)) return errc::list_no_column;
    } else {
        for_each_line(text, [&](std::size_t number, std::string_view line) {
            builder.at(number, line);
            read_line(format, line, builder);
            return true;
        });
    }
    return {};
}

}  // namespace

ListFormat detect_format(std::string_view text) {
    const std::vector<std::string_view> lines = sample_of(text);
    if (looks_like_zone(lines)) return ListFormat::rpz;
    ListFormat best = ListFormat::domains;
    std::size_t most = 0;
    for (const ListFormat format : {ListFormat::domains, ListFormat::hosts, ListFormat::adblock,
                                    ListFormat::dnsmasq, ListFormat::cdb}) {
        const std::size_t count = taken(format, lines);
        if (count > most) best = format;
        most = std::max(most, count);
    }
    return best;
}

result<ReadList> read_list(std::string_view text, const ListConfig& config) {
    if (is_blank(text)) return errc::list_empty;
    if (is_html(text)) return errc::list_html;
    if (text.find('\0') != std::string_view::npos) return errc::list_binary;
    const ListFormat format = config.format == ListFormat::automatic ? detect_format(text) : config.format;
    ListBuilder builder(config, format);
    if (const error failure = read_whole(text, config, format, builder)) return failure;
    ReadList list = builder.finish();
    if (list.entries == 0 && list.left_out == 0) return errc::list_empty;
    const std::size_t forgiven = config.fetched() ? 0 : few;
    if (list.entries == 0 || (one_kind_of_line(format) && list.left_out > list.entries + forgiven))
        return errc::list_no_names;
    return list;
}

}  // namespace enrichd
