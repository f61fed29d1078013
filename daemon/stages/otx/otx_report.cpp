#include "stages/otx/otx_report.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

#include "asking/upstream_report.hpp"

namespace enrichd {
namespace {

using namespace upstream_report;

constexpr const char* otx_name = "otx";

/// Of docs/runbook.md.
std::string_view section_about(const error& trouble) {
    if (trouble == errc::rate_limited) return "EnrichdOtxRateLimited";
    if (trouble == errc::key_refused) return "EnrichdOtxKeyRefused";
    for (const errc one : {errc::certificate_untrusted, errc::certificate_expired,
                           errc::certificate_not_yet_valid, errc::certificate_wrong_host})
        if (trouble == one) return "EnrichdCertificateErrors";
    return "EnrichdOtxHeldBack";
}

}  // namespace

Counters OtxReport::dropped() const {
    Counters all = reputation_.counts().dropped;
    all.add(journal_.dropped(otx_name));
    return all;
}

void OtxReport::add_metrics(Metrics& metrics) const {
    const ReputationCounts& counts = reputation_.counts();
    add_cache(metrics, otx_name, figures(cache_), counts.joined);
    add_requests(metrics, otx_name, counts.requests, counts.duration);
    add_questions(metrics, otx_name, reputation_.paused(), reputation_.questions());
    add_operators_pause(metrics, otx_name, reputation_.paused_by_operator());
    add_pool(metrics, otx_name, http_);
    metrics.gauge(
        "otx_quota_left",
        "Requests to OTX that otx.requests_per_hour allows now. While enrichd_provider_breaker_open "
        "is 1 none is sent.",
        reputation_.quota_left());
    metrics
        .family("otx_dropped_total", "Names given up without an answer of OTX, by reason.",
                Metrics::Type::counter)
        .add(dropped(), "reason");
}

void OtxReport::add_status(StatusJson& status) const {
    add_cache(status, otx_name, figures(cache_));
    const ReputationCounts& counts = reputation_.counts();
    StatusJson one = upstream(otx_name, counts.requests, counts.duration, reputation_.trouble());
    one["held_back"] = reputation_.paused();
    one["paused_by_operator"] = reputation_.paused_by_operator();
    one["asked"] = counts.requests.total() > 0;
    add_open_questions(one, reputation_);
    one["quota_left"] = reputation_.quota_left();
    one["requests_per_hour"] = reputation_.requests_per_hour();
    one["dropped"] = to_json(dropped());
    add_pool(one, http_);
    status["upstreams"].push_back(std::move(one));
}

void OtxReport::add_checks(std::vector<Check>& checks) const {
    Check one{otx_name};
    one.advice =
        "Pending names are retried until otx.retry_for. After a fix: enrichd provider reset otx asks at "
        "once.";
    one.address = http_.address();
    one.next_try = reputation_.next_try();
    if (reputation_.paused_by_operator()) {
        one.health = Health::degraded;
        one.detail = "paused by an operator";
        one.advice = "enrichd provider resume otx. Pending names wait until otx.retry_for.";
    } else if (const auto& trouble = reputation_.trouble(); trouble && !reputation_.needed()) {
        one.detail = "the last request failed: " + trouble->message() + "; no name waits for it now";
        one.next_try.reset();
    } else if (trouble) {
        one.health = Health::degraded;
        one.detail = trouble->message();
        one.runbook = section_about(*trouble);
        if (*trouble == errc::rate_limited)
            one.advice =
                "Lower otx.requests_per_hour, or find what else uses the same key. Names wait until "
                "otx.retry_for. Then: enrichd provider reset otx.";
    } else if (reputation_.counts().requests.total() == 0) {
        one.detail = "not asked yet";
    }
    checks.push_back(std::move(one));
}

void OtxReport::add_totals(Totals& totals) const {
    totals.hits += cache_.hits();
    totals.misses += cache_.misses();
}

}  // namespace enrichd
