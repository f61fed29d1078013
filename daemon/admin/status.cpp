#include "admin/status.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "admin/health.hpp"
#include "admin/process.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) {
    return value ? Json(*value) : Json();
}

double seconds(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

Json to_json(const Tally& tally) {
    Json out = Json::object();
    for (const auto& [label, count] : tally.counts()) out[std::string(label)] = count;
    return out;
}

Json latency(const Histogram& values) {
    return {{"p50_seconds", number(quantile(values, 0.5))},
            {"p95_seconds", number(quantile(values, 0.95))},
            {"p99_seconds", number(quantile(values, 0.99))}};
}

Tally rejected(const View& view) {
    Tally all = view.intake.counts().rejected;
    all.add(view.spool.counts().rejected);
    all.add(view.enricher.counts().rejected);
    return all;
}

Json checks(const View& view) {
    Json list = Json::array();
    for (const Check& check : run_checks(view)) {
        const auto since = view.history.trouble_since(check.name);
        const bool good = check.health == Health::ok;
        list.push_back({{"name", check.name},
                        {"status", label(check.health)},
                        {"detail", check.detail},
                        {"since", since && !good ? Json(to_iso_date(*since)) : Json()},
                        {"advice", good ? "" : advice(check.name)}});
    }
    return list;
}

Json refusals(const View& view) {
    Json list = Json::array();
    const auto add = [&](const Tally& tally, const char* kind) {
        for (const auto& [reason, count] : tally.counts()) {
            const auto last = view.history.last_refused().find(reason);
            const bool known = last != view.history.last_refused().end();
            list.push_back({{"kind", kind},
                            {"reason", reason},
                            {"count", count},
                            {"last", known ? Json(to_iso_date(last->second)) : Json()}});
        }
    };
    add(rejected(view), "rejected");
    add(view.enricher.counts().gated, "gated");
    return list;
}

Json alerts(const View& view) {
    const IntakeCounts& intake = view.intake.counts();
    Json out{{"received", {{"socket", intake.received}, {"spool", view.spool.counts().received}}},
             {"finished", view.enricher.counts().finished},
             {"pending", view.journal.pending()},
             {"deferred", view.journal.waiting(WaitsFor::another_try)},
             {"pending_limit", view.journal.max_pending()},
             {"duplicates", intake.duplicates + view.spool.counts().duplicates},
             {"busy", intake.busy},
             {"latency", latency(view.enricher.counts().duration)},
             {"refusals", refusals(view)}};
    return out;
}

template <class Cache>
Json cache(const Cache& of) {
    const std::uint64_t asked = of.hits() + of.misses();
    const Json ratio = asked > 0 ? Json(static_cast<double>(of.hits()) / static_cast<double>(asked)) : Json();
    return {{"entries", of.size()},   {"limit", of.options().entries}, {"bytes", of.bytes()},
            {"hits", of.hits()},      {"misses", of.misses()},         {"hit_ratio", ratio},
            {"evicted", of.evicted()}};
}

Json caches(const View& view) {
    Json out = Json::object();
    if (view.domain_stats.cache) out["domain_stats"] = cache(*view.domain_stats.cache);
    if (view.otx.cache) out["otx"] = cache(*view.otx.cache);
    return out;
}

/// What ended before a request was written, for lack of somebody who may be asked.
bool never_sent(std::string_view outcome) {
    return outcome == label(errc::registry_rests) || outcome == label(errc::no_registry);
}

template <class Counts>
Json upstream(std::string_view name, const Counts& counts, const std::optional<error>& trouble) {
    Tally sent;
    Tally not_sent;
    for (const auto& [outcome, count] : counts.requests.counts())
        (never_sent(outcome) ? not_sent : sent).add(outcome, count);
    return {{"name", name},
            {"trouble", trouble ? trouble->message() : ""},
            {"requests", to_json(sent)},
            {"not_sent", to_json(not_sent)},
            {"latency", latency(counts.duration)}};
}

void add_pool(Json& out, const HttpClient& http) {
    out["in_flight"] = http.in_flight();
    out["idle_connections"] = http.kept();
}

Json upstreams(const View& view) {
    Json list = Json::array();
    if (const Verdicts* verdicts = view.domain_stats.verdicts) {
        Json one = upstream("domain_stats", verdicts->counts(), verdicts->trouble());
        one["mode"] = view.domain_stats.http ? "http" : "embedded";
        one["held_back"] = verdicts->away();
        one["asked"] = verdicts->answers() > 0;
        one["questions"] = verdicts->questions();
        if (view.domain_stats.http) add_pool(one, *view.domain_stats.http);
        if (view.domain_stats.domains) one["domains_seen"] = view.domain_stats.domains->size();
        list.push_back(std::move(one));
    }
    if (const Rdap* rdap = view.domain_stats.rdap) {
        Json one = upstream("rdap", rdap->counts(), rdap->trouble());
        one["held_back"] = false;
        one["asked"] = rdap->counts().requests.total() > 0;
        one["registries_resting"] = rdap->resting();
        one["in_flight"] = rdap->in_flight();
        list.push_back(std::move(one));
    }
    if (const Reputation* reputation = view.otx.reputation) {
        Json one = upstream("otx", reputation->counts(), reputation->trouble());
        one["held_back"] = reputation->held_back();
        one["asked"] = reputation->counts().requests.total() > 0;
        one["questions"] = reputation->questions();
        one["quota_left"] = reputation->quota_left();
        one["requests_per_hour"] = reputation->requests_per_hour();
        Tally dropped = reputation->counts().dropped;
        dropped.add(view.journal.dropped());
        one["dropped"] = to_json(dropped);
        add_pool(one, *view.otx.http);
        list.push_back(std::move(one));
    }
    return list;
}

Json outputs(const View& view) {
    Json list = Json::array();
    for (const Lane& lane : view.outputs.lanes())
        list.push_back({{"name", lane.name()},
                        {"trouble", lane.trouble() ? lane.trouble()->message() : ""},
                        {"sent", to_json(lane.sent())},
                        {"errors", to_json(lane.errors())},
                        {"waiting", lane.waiting()}});
    return list;
}

Json reload(const Reloads& of) {
    return {{"last", to_iso_date(of.last)},
            {"good", of.last_good},
            {"errors", of.errors},
            {"reloads", of.good + of.failed},
            {"failed_reloads", of.failed},
            {"last_success", to_iso_date(of.last_success)},
            {"restart_keys", of.restart_keys}};
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

Json process() {
    const ProcessFigures now = process_figures();
    return {{"resident_bytes", now.resident_bytes},
            {"cpu_seconds", now.cpu_seconds},
            {"open_files", now.open_files},
            {"threads", now.threads}};
}

}  // namespace

std::string status_json(const View& view) {
    const WallClock::time_point now = WallClock::now();
    const Json body{{"status", label(overall(run_checks(view)))},
                    {"version", view.version},
                    {"now", to_iso_date(wall_seconds(now))},
                    {"uptime_seconds", seconds(std::chrono::floor<std::chrono::seconds>(now - view.started))},
                    {"checks", checks(view)},
                    {"alerts", alerts(view)},
                    {"caches", caches(view)},
                    {"upstreams", upstreams(view)},
                    {"outputs", outputs(view)},
                    {"outbox", view.outbox.waiting()},
                    {"spool",
                     {{"files", view.spool.files()},
                      {"bytes", view.spool.size().used()},
                      {"limit_bytes", view.spool.size().limit()},
                      {"refused", view.spool.size().refused()}}},
                    {"configuration", reload(view.reloads)},
                    {"process", process()},
                    {"history", history(view.history)}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Totals totals_of(const View& view) {
    Totals out;
    out.received = view.intake.counts().received + view.spool.counts().received;
    out.finished = view.enricher.counts().finished;
    for (const Lane& lane : view.outputs.lanes()) out.events += lane.sent().total();
    const auto count = [&](const auto* cache) {
        if (!cache) return;
        out.hits += cache->hits();
        out.misses += cache->misses();
    };
    count(view.domain_stats.cache);
    count(view.otx.cache);
    out.duration = view.enricher.counts().duration;
    out.refused = rejected(view);
    out.refused.add(view.enricher.counts().gated);
    return out;
}

}  // namespace enrichd
