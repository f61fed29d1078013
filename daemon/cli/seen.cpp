#include "cli/seen.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/units.hpp"
#include "cli/input_file.hpp"
#include "cli/seen_list.hpp"
#include "cli/seen_store.hpp"
#include "cli/terminal.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

Report good(const Json& json, std::string human) {
    return {json.dump() + "\n", std::move(human), {}, true};
}

Report failed(std::string why) {
    return {{}, {}, std::move(why), false};
}

}  // namespace

Report seen_import(const Config& config, const std::string& file) {
    std::string why;
    const std::string text = whole_text_of(file, why);
    if (!why.empty()) return failed(file + ": " + why);
    SeenList list = read_seen_list(text, wall_seconds(WallClock::now()));
    const std::size_t read = list.domains.size();
    if (read == 0) return failed(file + (list.left_out == 0 ? ": is empty" : ": no line of it is a domain"));
    const auto store = open_seen_store(config, true);
    const auto added = store->import(std::move(list.domains));
    if (!added) return failed(store->why(added.error()));
    std::string human = counted(read, "domain") + " read, " + grouped(*added) + " not seen before\n";
    if (list.left_out > 0)
        human += counted(list.left_out, "line") + " without a domain left out, the first is line " +
                 std::to_string(list.first_left_out) + "\n";
    if (list.future > 0) human += counted(list.future, "time") + " in the future taken as now\n";
    return good({{"read", read}, {"added", *added}, {"left_out", list.left_out}, {"future", list.future}},
                std::move(human));
}

Report seen_export(const Config& config) {
    const auto store = open_seen_store(config, false);
    std::string lines;
    std::string last;
    for (bool more = true; more;) {
        auto some = store->after(last);
        if (!some) return failed(store->why(some.error()));
        for (const SeenDomain& one : *some) lines += one.domain + " " + to_iso_date(one.seen) + "\n";
        // The name of a spoilt row is shown repaired, and may be behind what was asked for.
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
    if (!name || name->registrable().empty()) return failed("'" + fit_for_terminal(text) + "' is no domain");
    const std::string domain(name->registrable());
    const auto store = open_seen_store(config, false);
    const auto forgotten = store->forget(domain);
    if (!forgotten) return failed(store->why(forgotten.error()));
    Report report = good({{"domain", domain}, {"forgotten", *forgotten > 0}}, domain + " is forgotten\n");
    if (*forgotten > 0) return report;
    report.human.clear();
    report.error = domain + " was not there";
    report.good = false;
    return report;
}

}  // namespace enrichd
