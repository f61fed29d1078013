#include "app/seen.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "app/seen_store.hpp"
#include "base/small_file.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_list = 256 * 1024 * 1024;

Report good(const Json& json, std::string human) {
    return {json.dump() + "\n", std::move(human), {}, true};
}

Report failed(std::string why) {
    return {{}, {}, std::move(why), false};
}

/// "a, b  c" as its fields: a domain, and what stands before and behind it.
std::vector<std::string_view> fields_of(std::string_view line) {
    constexpr std::string_view between = ", \t\r";
    std::vector<std::string_view> fields;
    while (fields.size() < 3) {
        line.remove_prefix(std::min(line.find_first_not_of(between), line.size()));
        if (line.empty()) break;
        const std::size_t end = std::min(line.find_first_of(between), line.size());
        fields.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    const bool ranked =
        fields.size() > 1 && fields.front().find_first_not_of("0123456789") == std::string_view::npos;
    if (ranked) fields.erase(fields.begin());
    return fields;
}

/// Nothing when it is no line of a list.
std::optional<SeenDomain> seen_domain(std::string_view line, WallTime now) {
    const auto fields = fields_of(line);
    const auto name = HostName::parse(fields.front());
    if (!name || !name->plain() || name->registrable().empty()) return std::nullopt;
    SeenDomain seen{std::string(name->registrable()), now};
    if (fields.size() == 1) return seen;
    const auto time = parse_iso_date(fields[1]);
    if (!time) return std::nullopt;
    seen.seen = *time;
    return seen;
}

struct List {
    std::vector<SeenDomain> domains;
    std::size_t left_out = 0;
    std::size_t first_left_out = 0;  // its line, from 1
};

List read_list(std::string_view text) {
    List list;
    const WallTime now = wall_seconds(WallClock::now());
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('#') || fields_of(line).empty()) continue;
        if (auto seen = seen_domain(line, now))
            list.domains.push_back(*std::move(seen));
        else if (list.left_out++ == 0)
            list.first_left_out = number;
    }
    return list;
}

}  // namespace

Report seen_import(const Config& config, const std::string& file) {
    const auto text = read_small_file(file, max_list);
    if (!text) return failed(file + ": " + text.error().message());
    List list = read_list(*text);
    const std::size_t read = list.domains.size();
    if (read == 0 && list.left_out > 0) return failed(file + ": no line of it is a domain");
    const auto store = open_seen_store(config, true);
    const auto added = store->import(std::move(list.domains));
    if (!added) return failed(store->why(added.error()));
    std::string human = std::to_string(read) + " domains read, " + std::to_string(*added) +
                        " of them had not been seen before\n";
    if (list.left_out > 0)
        human += std::to_string(list.left_out) + " lines left out that are no domain, the first is line " +
                 std::to_string(list.first_left_out) + "\n";
    return good({{"read", read}, {"added", *added}, {"left_out", list.left_out}}, std::move(human));
}

Report seen_export(const Config& config) {
    const auto store = open_seen_store(config, false);
    std::string lines;
    std::string last;
    for (bool more = true; more;) {
        auto some = store->after(last);
        if (!some) return failed(store->why(some.error()));
        for (const SeenDomain& one : *some) lines += one.domain + " " + to_iso_date(one.seen) + "\n";
        // The name of a spoilt row is shown mended, and may be behind what was asked for.
        more = !some->empty() && some->back().domain > last;
        if (more) last = some->back().domain;
    }
    return good({}, std::move(lines));
}

Report seen_count(const Config& config) {
    const auto store = open_seen_store(config, false);
    const auto count = store->count();
    if (!count) return failed(store->why(count.error()));
    return good({{"domains", *count}}, std::to_string(*count) + "\n");
}

Report seen_forget(const Config& config, const std::string& text) {
    const auto name = HostName::parse(text);
    if (!name || name->registrable().empty()) return failed("'" + text + "' is no domain");
    const std::string domain(name->registrable());
    const auto store = open_seen_store(config, false);
    const auto forgotten = store->forget(domain);
    if (!forgotten) return failed(store->why(forgotten.error()));
    return good({{"domain", domain}, {"forgotten", *forgotten > 0}},
                domain + (*forgotten > 0 ? " is forgotten\n" : " was not there\n"));
}

}  // namespace enrichd
