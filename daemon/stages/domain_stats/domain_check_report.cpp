#include "stages/domain_stats/domain_check_report.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <vector>

#include "asking/upstream_report.hpp"

namespace enrichd {
namespace {

using namespace upstream_report;

constexpr const char* domain_check = "domain_stats";
constexpr const char* registry_check = "rdap";

}  // namespace

void DomainCheckReport::add_metrics(Metrics& metrics) const {
    const Verdicts& verdicts = parts_.verdicts;
    const VerdictsCounts& counts = verdicts.counts();
    add_cache(metrics, domain_check, figures(parts_.cache), counts.joined);
    add_requests(metrics, domain_check, counts.requests, counts.duration);
    if (parts_.rdap)
        add_requests(metrics, registry_check, parts_.rdap->counts().requests, parts_.rdap->counts().duration);
    add_questions(metrics, domain_check, verdicts.away(), verdicts.questions());
    if (parts_.http) add_operators_pause(metrics, domain_check, verdicts.paused_by_operator());
    if (parts_.http) add_pool(metrics, domain_check, *parts_.http);
    if (parts_.rdap) add_in_flight(metrics, registry_check, parts_.rdap->in_flight());
    metrics.counter("first_contacts_recovered_total",
                    "First contacts recovered although the first answer was lost.",
                    counts.recovered_first_contacts);
    metrics.gauge("domains_seen", "Domains in the memory of domains ever queried.", parts_.domains.size());
    if (!parts_.rdap) return;
    metrics.gauge("open_ages",
                  "Domains whose registry could not be asked for their age, and is asked again for a day.",
                  parts_.open_ages.size());
    metrics.gauge("rdap_registries_resting", "Registries to which requests are paused.",
                  parts_.rdap->resting());
}

void DomainCheckReport::add_status(StatusJson& status) const {
    const Verdicts& verdicts = parts_.verdicts;
    add_cache(status, domain_check, figures(parts_.cache));
    StatusJson one =
        upstream(domain_check, verdicts.counts().requests, verdicts.counts().duration, verdicts.trouble());
    one["mode"] = parts_.http ? "http" : "embedded";
    one["held_back"] = verdicts.away();
    one["paused_by_operator"] = verdicts.paused_by_operator();
    one["asked"] = verdicts.answers() > 0;
    add_open_questions(one, verdicts);
    if (parts_.http) add_pool(one, *parts_.http);
    one["domains_seen"] = parts_.domains.size();
    status["upstreams"].push_back(std::move(one));
    if (!parts_.rdap) return;
    const Rdap& rdap = *parts_.rdap;
    StatusJson other =
        upstream(registry_check, rdap.counts().requests, rdap.counts().duration, rdap.trouble());
    other["held_back"] = false;
    other["asked"] = rdap.counts().requests.total() > 0;
    other["registries_resting"] = rdap.resting();
    other["in_flight"] = rdap.in_flight();
    status["upstreams"].push_back(std::move(other));
}

void DomainCheckReport::add_checks(std::vector<Check>& checks) const {
    Check one{domain_check};
    one.advice =
        "Start or fix the server at domain_stats.url. Pending alerts are retried until "
        "domain_stats.retry_for.";
    if (parts_.http) one.address = parts_.http->address();
    one.next_try = parts_.verdicts.next_probe();
    if (parts_.verdicts.paused_by_operator()) {
        one.health = Health::degraded;
        one.detail = "paused by an operator";
        one.advice =
            "enrichd provider resume domain_stats. Pending alerts wait until domain_stats.retry_for.";
    } else if (const auto& trouble = parts_.verdicts.trouble()) {
        one.health = Health::degraded;
        one.detail = trouble->message();
        one.runbook = "EnrichdDomainStatsAway";
    } else if (parts_.http && parts_.verdicts.answers() == 0) {
        one.detail = "not asked yet";
    }
    checks.push_back(std::move(one));
    if (!parts_.rdap) return;
    // Names still come and are judged; only their age is not known.
    Check other{registry_check};
    other.advice =
        "Check that this host reaches the registries (firewall, rdap_proxy, DNS). Ages are UNKNOWN "
        "meanwhile.";
    if (const auto& trouble = parts_.rdap->trouble()) {
        other.health = Health::degraded;
        other.detail = "no registry answers: " + trouble->message();
    } else if (parts_.rdap->counts().requests.total() == 0) {
        other.detail = "not asked yet";
    }
    checks.push_back(std::move(other));
}

void DomainCheckReport::add_totals(Totals& totals) const {
    totals.hits += parts_.cache.hits();
    totals.misses += parts_.cache.misses();
}

}  // namespace enrichd
