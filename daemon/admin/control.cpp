#include "admin/control.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "admin/status.hpp"
#include "base/log.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 10> verbs{"status",     "cache stats", "cache get",  "cache flush",
                                                 "otx ask",    "log level",   "seen count", "seen import",
                                                 "seen after", "seen forget"};
constexpr std::chrono::seconds otx_patience(30);
constexpr std::size_t max_page = 10'000;  // domains an answer

std::string said(const Json& body) {
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string failed(std::string_view why) {
    return said({{"ok", false}, {"error", why}});
}

std::string failed(const error& why) {
    return failed(why.message());
}

/// A member that is a text; empty when there is none.
std::string text_of(const std::string& line, const char* member) {
    const Json question = Json::parse(line, nullptr, false);
    const auto found = question.is_object() ? question.find(member) : question.end();
    return question.is_object() && found != question.end() && found->is_string() ? found->get<std::string>()
                                                                                 : std::string();
}

long long seconds(Clock::duration duration) {
    return std::chrono::floor<std::chrono::seconds>(duration).count();
}

void add_life(Json& out, Clock::time_point since, Clock::time_point expires, Clock::time_point now) {
    out["age_seconds"] = seconds(now - since);
    out["expires_in_seconds"] = seconds(expires - now);
}

Json domain_stats_verdict(const VerdictCache<PackedVerdict>& cache, const HostName& name,
                          Clock::time_point now) {
    const auto* packed = cache.peek(name.registrable(), now);
    const auto life = cache.life(name.registrable(), now);
    if (!packed || !life) return nullptr;
    const DomainStatsVerdict verdict = packed->unpack();
    Json out{{"category", verdict.category},       {"alerts", verdict.alerts},
             {"freq_score", verdict.freq_scores},  {"seen_by_isc", verdict.seen_by_isc},
             {"seen_by_web", verdict.seen_by_web}, {"seen_by_you", verdict.seen_by_you}};
    if (!verdict.age_failure.empty()) out["age_error"] = verdict.age_failure;
    add_life(out, life->since, life->expires, now);
    return out;
}

Json otx_verdict(const OtxVerdict& verdict, OtxSubject subject, const std::string& text) {
    Json pulses = Json::array();
    for (const Pulse& pulse : verdict.pulses)
        pulses.push_back({{"name", pulse.name}, {"author", pulse.author}, {"modified", pulse.modified}});
    return {{"subject", label(subject)},          {"name", text},
            {"pulse_count", verdict.pulse_count}, {"confidence", label(verdict.confidence)},
            {"reasons", verdict.reasons},         {"pulses", std::move(pulses)}};
}

using Subjects = std::array<std::pair<OtxSubject, std::string>, 2>;

Subjects subjects_of(const HostName& name) {
    return {std::pair(OtxSubject::hostname, name.text()),
            std::pair(OtxSubject::domain, std::string(name.registrable()))};
}

Json otx_verdicts(const VerdictCache<OtxVerdictPtr>& cache, const HostName& name, Clock::time_point now) {
    Json out = Json::array();
    for (const auto& [subject, text] : subjects_of(name)) {
        const std::string key = OtxQuestion{subject, text}.key();
        const auto* verdict = cache.peek(key, now);
        const auto life = cache.life(key, now);
        if (!verdict || !life) continue;
        out.push_back(otx_verdict(**verdict, subject, text));
        add_life(out.back(), life->since, life->expires, now);
    }
    return out;
}

std::optional<log::Level> level_of(std::string_view text) {
    for (const log::Level level :
         {log::Level::debug, log::Level::info, log::Level::warning, log::Level::error})
        if (text == log::name(level)) return level;
    return std::nullopt;
}

/// Nothing when there is no list. What is no domain is left out; a time in the future is now.
std::optional<std::vector<SeenDomain>> domains_of(const std::string& line) {
    std::vector<SeenDomain> out;
    const WallTime now = wall_seconds(WallClock::now());
    const Json question = Json::parse(line, nullptr, false);
    const auto list = question.find("domains");
    if (list == question.end() || !list->is_array()) return std::nullopt;
    for (const Json& one : *list) {
        if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !one[1].is_number_integer())
            continue;
        const auto name = HostName::parse(one[0].get<std::string>());
        const std::chrono::seconds seen(one[1].get<std::int64_t>());
        if (name && !name->ip_literal() && name->plain() && !name->registrable().empty() && seen.count() >= 0)
            out.push_back({std::string(name->registrable()), std::min(WallTime(seen), now)});
    }
    return out;
}

}  // namespace

task<std::string> Control::answer(std::string line) {
    const std::string asked = text_of(line, "verb");
    const auto verb = std::find(verbs.begin(), verbs.end(), asked);
    if (verb == verbs.end()) {
        counts_.requests["unknown"].add("failed");
        co_return failed("this is no verb of this version of enrichd");
    }
    std::string out = co_await act(*verb, std::move(line));
    counts_.requests[*verb].add(out.starts_with(R"({"ok":true)") ? "ok" : "failed");
    co_return out;
}

task<std::string> Control::act(std::string_view verb, std::string line) {
    if (verb == "status") co_return R"({"ok":true,"status":)" + status_json(view_) + "}";
    if (verb == "cache stats") co_return cache_stats();
    if (verb == "cache get") co_return cache_get(line);
    if (verb == "cache flush") co_return cache_flush(line);
    if (verb == "otx ask") co_return co_await otx_ask(std::move(line));
    if (verb == "log level") co_return log_level(line);
    if (verb == "seen count") co_return co_await seen_count();
    if (verb == "seen import") co_return co_await seen_import(std::move(line));
    if (verb == "seen after") co_return co_await seen_after(std::move(line));
    co_return co_await seen_forget(std::move(line));
}

std::string Control::cache_stats() const {
    Json status = Json::parse(status_json(view_));
    return said({{"ok", true}, {"caches", status["caches"]}});
}

std::string Control::cache_get(const std::string& line) const {
    const auto name = HostName::parse(text_of(line, "name"));
    if (!name) return failed(name.error());
    const Clock::time_point now = Clock::now();
    return said({{"ok", true},
                 {"name", name->text()},
                 {"domain", name->registrable()},
                 {"domain_stats", domain_stats_verdict(parts_.domain_stats_cache, *name, now)},
                 {"otx", otx_verdicts(parts_.otx_cache, *name, now)}});
}

/// Within the quota, before all others: somebody waits for it. An internal name is not asked for here either.
task<std::string> Control::otx_ask(std::string line) {
    const auto name = HostName::parse(text_of(line, "name"));
    if (!name) co_return failed(name.error());
    if (const auto refused = refusal(*name, parts_.pipeline.gate()))
        co_return failed("the daemon filters this name: " + std::string(label(*refused)));
    if (!parts_.reputation)
        co_return failed("OTX is off in the running daemon: it has no key, or otx.mode is off");
    const Clock::time_point limit = Clock::now() + otx_patience;
    if (const auto& trouble = parts_.reputation->trouble(); trouble && parts_.reputation->held_back())
        co_return failed("OTX: requests are paused: " + trouble->message());
    auto found = co_await parts_.reputation->ask(*name, Suspicion::requested, limit);
    Json otx = otx_verdicts(parts_.otx_cache, *name, Clock::now());
    if (!found && otx.empty()) co_return failed("OTX: " + found.error().message());
    co_return said({{"ok", true}, {"name", name->text()}, {"otx", std::move(otx)}});
}

/// Also from the state file, or a restart would bring them back. A name goes with its domain.
std::string Control::cache_flush(const std::string& line) {
    const std::string text = text_of(line, "name");
    if (text.empty() && Json::parse(line, nullptr, false).contains("name"))
        return failed("expected a name, or none at all to flush everything");
    const std::size_t before = parts_.domain_stats_cache.size() + parts_.otx_cache.size();
    if (text.empty()) {
        parts_.domain_stats_cache.clear();
        parts_.otx_cache.clear();
        parts_.snapshot.forget(Verdicts::provider_name);
        parts_.snapshot.forget(Reputation::provider_name);
    } else {
        const auto name = HostName::parse(text);
        if (!name) return failed(name.error());
        parts_.domain_stats_cache.erase(name->registrable());
        parts_.snapshot.forget(Verdicts::provider_name, std::string(name->registrable()));
        for (const auto& [subject, about] : subjects_of(*name)) {
            const std::string key = OtxQuestion{subject, about}.key();
            parts_.otx_cache.erase(key);
            parts_.snapshot.forget(Reputation::provider_name, key);
        }
    }
    const std::size_t flushed = before - parts_.domain_stats_cache.size() - parts_.otx_cache.size();
    log::info("verdicts flushed by an operator", {{"count", flushed}});
    return said({{"ok", true}, {"flushed", flushed}});
}

std::string Control::log_level(const std::string& line) const {
    const std::string text = text_of(line, "level");
    const auto level = level_of(text);
    if (!text.empty() && !level) return failed("expected one of debug info warning error");
    if (level) {
        log::set_level(*level);
        log::warning("log level set by an operator, until the next reload", {{"level", text}});
    }
    return said({{"ok", true}, {"level", log::name(log::level())}});
}

task<std::string> Control::seen_count() {
    const error failure = co_await parts_.domains.load();
    if (failure) co_return failed(failure);
    co_return said({{"ok", true}, {"domains", parts_.domains.size()}});
}

task<std::string> Control::seen_import(std::string line) {
    auto list = domains_of(line);
    if (!list) co_return failed("expected a list of domains, each with the time when it was seen first");
    const std::size_t read = list->size();
    auto added = co_await parts_.domains.import(*std::move(list));
    if (!added) co_return failed(added.error());
    co_return said({{"ok", true}, {"read", read}, {"added", *added}});
}

task<std::string> Control::seen_after(std::string line) {
    auto some = co_await parts_.domains.after(text_of(line, "domain"), max_page);
    if (!some) co_return failed(some.error());
    Json list = Json::array();
    for (const SeenDomain& one : *some)
        list.push_back(Json::array({one.domain, one.seen.time_since_epoch().count()}));
    const bool more = some->size() == max_page;
    co_return said({{"ok", true}, {"domains", std::move(list)}, {"more", more}});
}

task<std::string> Control::seen_forget(std::string line) {
    const auto name = HostName::parse(text_of(line, "name"));
    if (!name || name->registrable().empty()) co_return failed("this is no domain");
    const std::string domain(name->registrable());
    auto forgotten = co_await parts_.domains.forget(domain);
    if (!forgotten) co_return failed(forgotten.error());
    parts_.domain_stats_cache.erase(domain);
    parts_.snapshot.forget(Verdicts::provider_name, domain);
    co_return said({{"ok", true}, {"domain", domain}, {"forgotten", *forgotten}});
}

}  // namespace enrichd
