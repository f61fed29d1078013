#include "cli/seen_list.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/units.hpp"
#include "model/host_name.hpp"
#include "net/address.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_fields = 64;

/// Without what follows a '#' at the beginning or behind a blank.
std::string_view without_comment(std::string_view line) {
    if (line.starts_with('!') || line.starts_with(';')) return {};
    for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
    return line;
}

/// Split at blanks and commas, without quotes around.
std::vector<std::string_view> fields_of(std::string_view line) {
    constexpr std::string_view between = ", \t\r\"";
    std::vector<std::string_view> fields;
    while (fields.size() < max_fields) {
        line.remove_prefix(std::min(line.find_first_not_of(between), line.size()));
        if (line.empty()) break;
        const std::size_t end = std::min(line.find_first_of(between), line.size());
        fields.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return fields;
}

bool is_rank(std::string_view field) {
    return field.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Seconds since 1970 with a fraction, as Zeek writes times.
std::optional<WallTime> epoch_of(std::string_view field) {
    long long seconds = 0;
    const char* const end = field.data() + field.size();
    const auto [rest, ec] = std::from_chars(field.data(), end, seconds);
    const bool fraction = ec == std::errc{} && rest != end && *rest == '.' &&
                          is_rank(field.substr(static_cast<std::size_t>(rest - field.data()) + 1));
    constexpr long long year_2001 = 1'000'000'000;
    constexpr long long year_2286 = 10'000'000'000;
    if (!fraction || seconds < year_2001 || seconds >= year_2286) return std::nullopt;
    return WallTime(std::chrono::seconds(seconds));
}

/// The host of a URL; else the text without what stands for "and all below".
std::string_view host_of(std::string_view text) {
    if (text.starts_with("||")) text.remove_prefix(2);
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
        text.remove_prefix(scheme + 3);
        text = text.substr(0, text.find_first_of("/?#"));
        if (const std::size_t user = text.rfind('@'); user != std::string_view::npos)
            text.remove_prefix(user + 1);
        text = text.substr(0, text.rfind(':'));
    }
    text = text.substr(0, text.find_first_of("^/$"));
    if (text.starts_with("*.")) text.remove_prefix(2);
    if (text.starts_with('.')) text.remove_prefix(1);
    return text;
}

std::optional<std::string> domain_of(std::string_view field) {
    const auto name = HostName::parse(host_of(field));
    if (!name || name->ip_literal() || !name->plain() || name->registrable().empty()) return std::nullopt;
    return std::string(name->registrable());
}

class Reader {
  public:
    Reader(SeenList& out, WallTime now) : out_(out), now_(now) {}

    /// False when there is no domain in it.
    bool line(std::string_view line) {
        if (line.starts_with('{')) return json(line);
        if (line.starts_with("@@")) return false;  // an exception of an adblock list
        auto fields = fields_of(line);
        for (std::size_t i = 0; i + 1 < fields.size(); ++i)
            if (fields[i].starts_with("query[")) return add(fields[i + 1], {});
        if (fields.size() > 1 && is_address(fields.front())) return hosts(fields);
        std::optional<WallTime> time;
        bool table = false;  // columns that are no times follow
        while (fields.size() > 1) {
            const auto epoch = epoch_of(fields.front());
            if (!epoch && !is_rank(fields.front())) break;
            if (epoch) time = epoch;
            table = true;
            fields.erase(fields.begin());
        }
        if (fields.size() > 1) {
            const auto given = parse_iso_date(fields[1]);
            if (!given && !table) return false;
            if (given) time = given;
        }
        return add(fields.front(), time);
    }

  private:
    static bool is_address(std::string_view field) {
        return parse_address(std::string(field) + ":1") || parse_address("[" + std::string(field) + "]:1");
    }

    bool hosts(const std::vector<std::string_view>& fields) {
        bool any = false;
        for (std::size_t i = 1; i < fields.size(); ++i) any = add(fields[i], {}) || any;
        return any;
    }

    bool json(std::string_view line) {
        const auto read = nlohmann::json::parse(line, nullptr, false);
        if (!read.is_object()) return false;
        for (const char* key : {"domain", "query", "name", "host", "hostname"})
            if (const auto found = read.find(key); found != read.end() && found->is_string())
                return add(found->get_ref<const std::string&>(), {});
        return false;
    }

    bool add(std::string_view field, std::optional<WallTime> time) {
        auto domain = domain_of(field);
        if (!domain) return false;
        if (time && *time > now_) {
            ++out_.future;
            time = now_;
        }
        out_.domains.push_back({*std::move(domain), time.value_or(now_)});
        return true;
    }

    SeenList& out_;
    WallTime now_;
};

}  // namespace

SeenList read_seen_list(std::string_view text, WallTime now) {
    SeenList list;
    Reader reader(list, now);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_comment(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (fields_of(line).empty() || reader.line(line)) continue;
        if (list.left_out++ == 0) list.first_left_out = number;
    }
    return list;
}

}  // namespace enrichd
