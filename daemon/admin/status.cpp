#include "admin/status.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "admin/health.hpp"
#include "admin/process.hpp"
#include "base/units.hpp"

namespace enrichd {
namespace {

using Json = StatusJson;

Json number(const std::optional<double>& value) {
    return value ? Json(*value) : Json();
}

Json checks(const View& view, const std::vector<Check>& found) {
    Json list = Json::array();
    for (const Check& check : found) {
        Json one{{"name", check.name},
                 {"status", label(check.health)},
                 {"detail", check.detail},
                 {"since", Json()},
                 {"advice", ""}};
        if (check.health != Health::ok) one.update(trouble_json(view, check));
        list.push_back(std::move(one));
    }
    return list;
}

Json refusals(const View& view) {
    const Totals totals = totals_of(view);
    Json list = Json::array();
    const auto add = [&](const Counters& counters, const char* kind) {
        for (const auto& [reason, count] : counters.counts()) {
            const auto last = view.history.last_refused().find(reason);
            const bool known = last != view.history.last_refused().end();
            list.push_back({{"kind", kind},
                            {"reason", reason},
                            {"count", count},
                            {"last", known ? Json(to_iso_date(last->second)) : Json()}});
        }
    };
    add(totals.rejected, "rejected");
    add(totals.gated, "gated");
    return list;
}

Json history(const History& of) {
    Json received = Json::array();
    Json events = Json::array();
    Json hit_ratio = Json::array();
    Json p50 = Json::array();
    Json p95 = Json::array();
    for (const History::Step& step : of.list()) {
        received.push_back(step.received);
        events.push_back(step.events);
        hit_ratio.push_back(number(step.hit_ratio));
        p50.push_back(number(step.p50));
        p95.push_back(number(step.p95));
    }
    return {{"step_seconds", History::every.count()}, {"alerts_per_second", std::move(received)},
            {"events_per_second", std::move(events)}, {"hit_ratio", std::move(hit_ratio)},
            {"p50_seconds", std::move(p50)},          {"p95_seconds", std::move(p95)}};
}

/// Hours in which nothing was found are left out.
Json findings(const History& of) {
    Json hours = Json::array();
    for (const History::Hour& hour : of.hours())
        hours.push_back({{"begins", to_iso_date(hour.begins)}, {"found", to_json(hour.found)}});
    return hours;
}

Json process() {
    const ProcessFigures now = process_figures();
    return {{"resident_bytes", now.resident_bytes},
            {"cpu_seconds", now.cpu_seconds},
            {"open_files", now.open_files},
            {"threads", now.threads}};
}

Json status_now(const View& view) {
    const WallClock::time_point now = WallClock::now();
    const std::chrono::duration<double> uptime =
        std::chrono::floor<std::chrono::seconds>(Clock::now() - view.begun);
    const auto found = run_checks(view);
    Json body{{"status", label(overall(found))},
              {"version", view.version},
              {"now", to_iso_date(wall_seconds(now))},
              {"uptime_seconds", uptime.count()},
              {"checks", checks(view, found)},
              {"alerts", Json::object()},
              {"caches", Json::object()},
              {"upstreams", Json::array()},
              {"outputs", Json::array()}};
    for (const auto& part : view.parts) part->add_status(body);
    body["alerts"]["refusals"] = refusals(view);
    body["process"] = process();
    return body;
}

}  // namespace

std::string status_json(const View& view) {
    Json body = status_now(view);
    body["findings_by_hour"] = findings(view.history);
    body["history"] = history(view.history);
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string short_status_json(const View& view) {
    return status_now(view).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Totals totals_of(const View& view) {
    Totals totals;
    for (const auto& part : view.parts) part->add_totals(totals);
    return totals;
}

}  // namespace enrichd
