#include "stages/lists/lists_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/units.hpp"
#include "net/upstream_url.hpp"

namespace enrichd {
namespace {

/// A path may hold a key, as some services want it.
std::string shown_source(const ListConfig& list) {
    const auto url = list.fetched() ? parse_resource_url(list.from) : std::nullopt;
    if (!url) return list.from;
    const bool usual_port = url->port == (url->tls ? 443 : 80);
    return (url->tls ? "https://" : "http://") + (usual_port ? url->host : authority(url->host, url->port)) +
           "/…";
}

/// What is wrong with a list, in one sentence; empty when nothing is.
std::string wrong_with(const ListKeeper& keeper) {
    if (keeper.trouble()) return keeper.trouble()->sentence();
    if (keeper.copy_trouble())
        return "its last good copy cannot be written: " + keeper.copy_trouble()->message();
    return keeper.overdue() ? "not loaded yet" : "";
}

/// What that means for the names in use.
const char* in_use_meanwhile(const ListKeeper& keeper) {
    if (!keeper.trouble()) return "";
    return keeper.list() ? "; the names from before stay in use" : "; it has no names yet";
}

}  // namespace

StatusJson to_json(const ListKeeper& keeper) {
    const ListConfig& config = keeper.config();
    StatusJson out{{"name", config.name},
                   {"action", label(config.action)},
                   {"source", shown_source(config)},
                   {"loaded", keeper.list() != nullptr}};
    if (!config.label.empty()) out["label"] = config.label;
    if (keeper.list()) {
        const ReadList& read = *keeper.list()->read;
        out["format"] = label(read.format);
        out["entries"] = read.index->size();
        out["lines_left_out"] = read.left_out;
        out["bytes"] = read.index->bytes();
        out["age_seconds"] = keeper.age()->count();
        out["too_old"] = keeper.too_old();
        if (!read.examples.empty()) {
            const LeftOut& first = read.examples.front();
            out["first_left_out"] = {{"line", first.line}, {"text", first.text}, {"why", first.why}};
        }
    }
    out["hits"] = keeper.hits;
    if (const auto next = keeper.next_fetch()) out["next_fetch"] = to_iso_date(*next);
    if (std::string wrong = wrong_with(keeper); !wrong.empty()) out["error"] = std::move(wrong);
    return out;
}

void ListsReport::add_metrics(Metrics& metrics) const {
    metrics.gauge("domains_known", "Names in lists with action known.", lists_.known_names());
    for (const auto& keeper : lists_.all()) {
        const Metrics::Labels labels{{"list", keeper->config().name}};
        const bool loaded = keeper->list() != nullptr;
        metrics.gauge("list_failing", "1 while a list cannot be loaded.", keeper->trouble() ? 1 : 0, labels);
        metrics.gauge("list_entries", "Names in a list.", loaded ? keeper->list()->read->index->size() : 0,
                      labels);
        if (loaded)
            metrics.gauge("list_age_seconds",
                          "Time since a list was written (a file) or confirmed by its server (a URL).",
                          keeper->age()->count(), labels);
        metrics.gauge("list_too_old", "1 when a list is older than its max_age.", keeper->too_old() ? 1 : 0,
                      labels);
        metrics.counter("list_hits_total", "Alerts whose name a list has.", keeper->hits, labels);
        metrics
            .family("list_errors_total", "Times that a list could not be loaded, by reason.",
                    Metrics::Type::counter)
            .add(keeper->errors(), "reason", labels);
    }
    if (!retro_) return;
    for (const auto& keeper : lists_.all())
        metrics.counter("list_retro_total", "Names that were asked for before a list had them.",
                        retro_->found(keeper->config().name), {{"list", keeper->config().name}});
    metrics
        .family("list_retro_left_out_total",
                "Names that were asked for before a list had them, without an event, by reason.",
                Metrics::Type::counter)
        .add(retro_->left_out(), "reason");
}

void ListsReport::add_status(StatusJson& status) const {
    if (lists_.all().empty()) return;
    status["lists"] = StatusJson::array();
    for (const auto& keeper : lists_.all()) {
        StatusJson one = to_json(*keeper);
        one.erase("first_left_out");  // a line of the list may hold a name
        status["lists"].push_back(std::move(one));
    }
}

void ListsReport::add_checks(std::vector<Check>& checks) const {
    if (lists_.all().empty()) return;
    Check one{"lists"};
    one.advice = "enrichd lists has the reason and what is in use. After a fix: enrichd lists reload NAME.";
    int failing = 0;  // of several no single address is shown
    const auto add = [&one](const std::string& text) {
        one.health = Health::degraded;
        one.detail += (one.detail.empty() ? "" : "; ") + text;
    };
    for (const auto& keeper : lists_.all()) {
        const std::string& name = keeper->config().name;
        const std::string wrong = wrong_with(*keeper);
        if (const auto next = keeper->next_fetch(); next && !wrong.empty()) {
            const Clock::duration in = *next - wall_seconds(WallClock::now());
            one.next_try = std::min(in, one.next_try.value_or(in));
        }
        if (!wrong.empty()) one.runbook = "EnrichdListFails";
        if (!wrong.empty()) ++failing;
        if (!wrong.empty()) one.address = failing == 1 ? shown_source(keeper->config()) : std::string();
        if (!wrong.empty())
            add(std::string(name).append(": ").append(wrong).append(in_use_meanwhile(*keeper)));
        else if (keeper->too_old())
            add(name + ": older than max_age");
    }
    if (one.health != Health::ok && one.runbook.empty()) one.runbook = "EnrichdListTooOld";
    checks.push_back(std::move(one));
}

}  // namespace enrichd
