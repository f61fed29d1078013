#include "admin/control.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "admin/question.hpp"
#include "admin/status.hpp"
#include "base/log.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

/// Those of all versions; each component may have one of its own.
constexpr std::array<std::string_view, 17> verbs{
    "status",         "queue",           "cache stats",          "cache get",   "cache list", "cache flush",
    "log level",      "reload",          "seen count",           "seen import", "seen after", "seen forget",
    "selftest begin", "selftest result", "cache flush matching", "cache dump",  "cache load"};
constexpr std::array<std::string_view, 3> verbs_of_providers{"provider pause", "provider resume",
                                                             "provider reset"};
constexpr std::array<std::string_view, 6> verbs_of_policy{"allow add",   "allow remove", "allow list",
                                                          "allow check", "why",          "recent"};
constexpr std::string_view tap_verb = "tap";
constexpr std::size_t max_page = 10'000;   // domains an answer
constexpr std::size_t max_questions = 50;  // of a provider

std::string said(const Json& body) {
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string failed(std::string_view why) {
    return said({{"ok", false}, {"error", why}});
}

std::string failed(const error& why) {
    return failed(why.message());
}

/// An answer that may be why there is none.
std::string whole(Json answer) {
    if (answer.contains("error")) return failed(answer["error"].get<std::string>());
    Json out{{"ok", true}};
    out.update(answer);
    return said(out);
}

Json parsed(const std::string& line) {
    return Json::parse(line, nullptr, false);
}

std::string text_of(const std::string& line, const char* member) {
    return enrichd::text_of(parsed(line), member);
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

/// As a text that lives for ever; empty when it is none.
std::string_view Control::known_verb(std::string_view asked) const {
    const auto verb = std::find(verbs.begin(), verbs.end(), asked);
    if (verb != verbs.end()) return *verb;
    const auto of_policy = std::find(verbs_of_policy.begin(), verbs_of_policy.end(), asked);
    if (of_policy != verbs_of_policy.end()) return *of_policy;
    const auto of_providers = std::find(verbs_of_providers.begin(), verbs_of_providers.end(), asked);
    if (of_providers != verbs_of_providers.end()) return *of_providers;
    for (const auto& component : components_) {
        if (!asked.empty() && component->verb() == asked) return component->verb();
        const auto own = component->own_verbs();
        if (const auto found = std::find(own.begin(), own.end(), asked); found != own.end()) return *found;
    }
    return {};
}

task<std::string> Control::answer(std::string line) {
    const std::string_view verb = known_verb(text_of(line, "verb"));
    if (verb.empty()) {
        counts_.requests["unknown"].add("failed");
        co_return failed("this is no verb of this version of enrichd");
    }
    std::string out = co_await act(verb, std::move(line));
    counts_.requests[verb].add(out.starts_with(R"({"ok":true)") ? "ok" : "failed");
    co_return out;
}

task<std::string> Control::act(std::string_view verb, std::string line) {
    if (verb == "status") co_return R"({"ok":true,"status":)" + status_json(view_) + "}";
    if (verb == "queue") co_return queue();
    if (verb == "cache stats") co_return cache_stats();
    if (verb.starts_with("cache ")) co_return co_await act_of_cache(verb, std::move(line));
    if (verb == "log level") co_return log_level(line);
    if (verb == "reload") co_return co_await reload();
    if (verb.starts_with("provider ")) co_return provider(verb, line);
    if (verb == "seen count") co_return co_await seen_count();
    if (verb == "seen import") co_return co_await seen_import(std::move(line));
    if (verb == "seen after") co_return co_await seen_after(std::move(line));
    if (verb == "seen forget") co_return co_await seen_forget(std::move(line));
    if (verb == "selftest begin") co_return self_test_begin();
    if (verb == "selftest result") co_return self_test_result(line);
    if (std::find(verbs_of_policy.begin(), verbs_of_policy.end(), verb) != verbs_of_policy.end())
        co_return co_await act_of_policy(verb, std::move(line));
    for (const auto& component : components_) {
        const auto own = component->own_verbs();
        if (std::find(own.begin(), own.end(), verb) != own.end())
            co_return co_await act_of(*component, verb, std::move(line));
    }
    const auto asked = std::find_if(components_.begin(), components_.end(),
                                    [verb](const auto& component) { return component->verb() == verb; });
    co_return co_await ask(**asked, std::move(line));
}

task<std::string> Control::act_of_cache(std::string_view verb, std::string line) {
    Json question = parsed(line);
    if (verb == "cache get") co_return whole(cache_.get(question));
    if (verb == "cache list") co_return whole(cache_.list(question));
    if (verb == "cache flush") co_return whole(cache_.flush(question));
    if (verb == "cache flush matching") co_return whole(cache_.flush_matching(question));
    if (verb == "cache load") co_return whole(cache_.load(question));
    Json some = co_await cache_.dump(std::move(question));
    co_return whole(std::move(some));
}

task<std::string> Control::act_of_policy(std::string_view verb, std::string line) {
    Json question = Json::parse(line, nullptr, false);
    if (verb == "allow list") co_return whole(policy_.allow_list());
    if (verb == "allow check") co_return whole(policy_.allow_check(question));
    if (verb == "recent") co_return whole(policy_.recent());
    if (verb == "allow add") {
        Json added = co_await policy_.allow_add(std::move(question));
        co_return whole(std::move(added));
    }
    if (verb == "allow remove") {
        Json removed = co_await policy_.allow_remove(std::move(question));
        co_return whole(std::move(removed));
    }
    Json known = co_await policy_.why(std::move(question));
    co_return whole(std::move(known));
}

task<std::string> Control::act_of(Component& component, std::string_view verb, std::string line) {
    const Component::Asked asked = co_await component.act(verb, std::move(line));
    if (!asked.failure.empty()) co_return failed(asked.failure);
    Json out{{"ok", true}};
    out.update(Json::parse(asked.found));
    co_return said(out);
}

std::unique_ptr<LineStream> Control::stream(const std::string& line) {
    if (text_of(line, "verb") != tap_verb) return nullptr;
    counts_.requests[tap_verb].add("ok");
    std::string suffix = suffix_of(text_of(line, "suffix"));
    return tap_.stream({std::move(suffix), text_of(line, "agent")});
}

/// Pending work: open questions by name, all else from the status.
std::string Control::queue() const {
    const Json status = Json::parse(status_json(view_));
    Json out{{"ok", true}};
    for (const char* const part : {"alerts", "upstreams", "outputs", "spool", "files"})
        if (status.contains(part)) out[part] = status[part];
    Json& questions = out["questions"] = Json::array();
    for (const auto& component : components_)
        for (const OpenQuestion& one : component->open_questions(max_questions)) {
            const auto seconds = std::chrono::floor<std::chrono::seconds>(one.age).count();
            Json question{{"provider", component->name()},
                          {"question", one.key},
                          {"alerts", one.waiting},
                          {"seconds", seconds}};
            if (one.last_failure) question["failure"] = one.last_failure.message();
            questions.push_back(std::move(question));
        }
    return said(out);
}

std::string Control::cache_stats() const {
    Json status = Json::parse(status_json(view_));
    return said({{"ok", true}, {"caches", status["caches"]}});
}

/// An internal name is not asked for here either.
task<std::string> Control::ask(Component& component, std::string line) {
    const auto name = HostName::parse(text_of(line, "name"));
    if (!name) co_return failed(name.error());
    if (const auto refused = refusal(*name, pipeline_.gate()))
        co_return failed("the daemon filters this name: " + std::string(label(*refused)));
    const Component::Asked asked = co_await component.ask(*name);
    if (!asked.failure.empty()) co_return failed(asked.failure);
    Json out{{"ok", true}, {"name", name->text()}};
    out[std::string(component.name())] = Json::parse(asked.found);
    co_return said(out);
}

std::string Control::self_test_begin() {
    const std::string name = pipeline_.self_tests().expect();
    if (name.empty()) return failed("too many self-tests in the last minute; try again in a minute");
    return said({{"ok", true}, {"name", name}});
}

std::string Control::self_test_result(const std::string& line) {
    const SelfTest* const test = pipeline_.self_tests().find(text_of(line, "name"));
    if (!test) return failed("no such self-test: the daemon was restarted, or a minute has passed");
    return said(
        {{"ok", true}, {"source", test->source}, {"reported", test->reported}, {"waiting", test->waiting}});
}

std::string Control::provider(std::string_view verb, const std::string& line) {
    using Act = Component::UpstreamAct;
    const std::string name = text_of(line, "name");
    const Act act = verb == "provider pause"    ? Act::pause
                    : verb == "provider resume" ? Act::resume
                                                : Act::reset;
    std::string known;
    for (const auto& component : components_) {
        if (!component->upstream_paused()) continue;
        known.append(known.empty() ? "" : ", ").append(component->name());
        if (component->name() != name) continue;
        component->act_on_upstream(act);
        log::warning("a provider was paused, resumed or reset by an operator",
                     {{"provider", name}, {"verb", verb}});
        return said({{"ok", true}, {"provider", name}, {"paused", *component->upstream_paused()}});
    }
    if (known.empty()) return failed("no server is asked: each provider is off, or embedded");
    return failed(name + " is no provider that asks a server; expected one of " + known);
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

/// A configuration that is refused is an answer too: which mistakes it has is what is asked for.
task<std::string> Control::reload() {
    const bool done = co_await reload_();
    if (!done) co_return failed("the daemon is stopping; the configuration was not read");
    Json out{{"ok", true}, {"reloaded", reloads_.last_good}};
    if (!reloads_.last_good) out["refusal"] = reloads_.refusal;
    out["problems"] = reloads_.problems;
    if (!reloads_.restart_keys.empty()) out["restart_keys"] = reloads_.restart_keys;
    co_return said(out);
}

task<std::string> Control::seen_count() {
    const error failure = co_await domains_.load();
    if (failure) co_return failed(failure);
    co_return said({{"ok", true}, {"domains", domains_.size()}});
}

task<std::string> Control::seen_import(std::string line) {
    auto list = domains_of(line);
    if (!list) co_return failed("expected a list of domains, each with the time when it was seen first");
    const std::size_t read = list->size();
    auto added = co_await domains_.import(*std::move(list));
    if (!added) co_return failed(added.error());
    co_return said({{"ok", true}, {"read", read}, {"added", *added}});
}

task<std::string> Control::seen_after(std::string line) {
    auto some = co_await domains_.after(text_of(line, "domain"), max_page);
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
    auto forgotten = co_await domains_.forget(domain);
    if (!forgotten) co_return failed(forgotten.error());
    for (const auto& component : components_) component->domain_forgotten(domain);
    co_return said({{"ok", true}, {"domain", domain}, {"forgotten", *forgotten}});
}

}  // namespace enrichd
