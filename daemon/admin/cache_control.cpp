#include "admin/cache_control.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "admin/question.hpp"
#include "base/log.hpp"
#include "model/host_name.hpp"
#include "model/json_depth.hpp"

namespace enrichd {
namespace {

using Json = StatusJson;

constexpr std::string_view no_filter = "expected a suffix such as example.com, or negative: true";
constexpr std::size_t max_flushed = 10'000;  // of a provider, in an answer
constexpr std::size_t max_listed = 1'000;    // of a provider
constexpr std::size_t max_dumped = 500;
constexpr std::size_t page_bytes = 256 * 1024;

Json failed(std::string_view why) {
    return {{"error", why}};
}

/// Members "suffix" and "negative". Nothing when one of them is no such thing: that must not mean all
/// verdicts.
std::optional<Component::CacheFilter> filter_of(const Json& question) {
    Component::CacheFilter filter{suffix_of(text_of(question, "suffix")), false};
    if (question.contains("suffix") && filter.suffix.empty()) return std::nullopt;
    if (!question.contains("negative")) return filter;
    if (!question["negative"].is_boolean()) return std::nullopt;
    filter.negative = question["negative"].get<bool>();
    return filter;
}

/// `learnt_with`: as it was when the verdict was read.
Json dumped(std::string_view provider, const std::string& learnt_with, const RememberedVerdict& one,
            Json verdict) {
    return {{"provider", provider},
            {"learnt_with", learnt_with},
            {"key", one.key},
            {"verdict", std::move(verdict)},
            {"learnt", one.learnt.time_since_epoch().count()},
            {"expires", one.expires.time_since_epoch().count()}};
}

constexpr std::int64_t latest = 7'258'118'400;  // 2200

/// Nothing when it is none.
std::optional<RememberedVerdict> verdict_of(const Json& one, std::string_view provider) {
    const auto time = [&one](const char* member) -> std::optional<WallTime> {
        const auto found = one.find(member);
        if (found == one.end() || !found->is_number_integer()) return std::nullopt;
        return WallTime(
            std::chrono::seconds(std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, latest)));
    };
    const auto learnt = time("learnt");
    const auto expires = time("expires");
    const std::string key = text_of(one, "key");
    const auto verdict = one.find("verdict");
    if (!learnt || !expires || key.empty() || verdict == one.end() || !verdict->is_object() ||
        deeper_than(*verdict, deepest_verdict))
        return std::nullopt;
    return RememberedVerdict{provider, key, verdict->dump(-1, ' ', false, Json::error_handler_t::replace),
                             *expires, *learnt};
}

}  // namespace

Json CacheControl::get(const Json& question) const {
    const auto name = HostName::parse(text_of(question, "name"));
    if (!name) return failed(name.error().message());
    Json out{{"name", name->text()}, {"domain", name->registrable()}};
    for (const auto& component : components_) out[std::string(component->name())] = component->cached(*name);
    return out;
}

Json CacheControl::list(const Json& question) const {
    const auto filter = filter_of(question);
    if (!filter) return failed(no_filter);
    const auto seconds = [](Clock::duration time) {
        return std::chrono::floor<std::chrono::seconds>(time).count();
    };
    Json list = Json::array();
    for (const auto& component : components_)
        for (const Component::Cached& one : component->cached(*filter, max_listed))
            list.push_back({{"provider", component->name()},
                            {"key", one.key},
                            {"verdict", one.verdict},
                            {"age_seconds", seconds(one.age)},
                            {"expires_in_seconds", seconds(one.good_for)}});
    return {{"verdicts", std::move(list)}, {"at_most", max_listed}};
}

std::size_t CacheControl::cached() const {
    std::size_t count = 0;
    for (const auto& component : components_) count += component->cached();
    return count;
}

Json CacheControl::flush(const Json& question) {
    const std::string text = text_of(question, "name");
    if (text.empty() && question.contains("name"))
        return failed("expected a name, or none at all to flush everything");
    const std::size_t before = cached();
    if (text.empty()) {
        for (const auto& component : components_) component->flush();
    } else {
        const auto name = HostName::parse(text);
        if (!name) return failed(name.error().message());
        for (const auto& component : components_) component->flush(*name);
    }
    const std::size_t flushed = before - cached();
    log::info("verdicts flushed by an operator", {{"count", flushed}});
    return {{"flushed", flushed}};
}

Json CacheControl::flush_matching(const Json& question) {
    const auto filter = filter_of(question);
    if (!filter || (filter->suffix.empty() && !filter->negative)) return failed(no_filter);
    std::size_t flushed = 0;
    for (const auto& component : components_)
        for (const Component::Cached& one : component->cached(*filter, max_flushed)) {
            component->flush(one.key);
            ++flushed;
        }
    log::info("verdicts flushed by an operator", {{"count", flushed}});
    return {{"flushed", flushed}, {"more", flushed >= max_flushed}};
}

task<Json> CacheControl::dump(Json question) const {
    const Json after = question.value("after", Json::object());
    const std::string provider = text_of(after, "provider");
    std::string key = text_of(after, "key");
    Json out{{"verdicts", Json::array()}};
    bool reached = provider.empty();
    for (const auto& component : components_) {
        reached = reached || component->name() == provider;
        if (!reached || component->learnt_with().empty()) continue;
        if (component->name() != provider) key.clear();
        const std::string learnt_with(component->learnt_with());
        auto some = co_await component->stored_after(key, max_dumped);
        if (!some) co_return failed(some.error().message());
        if (some->empty()) continue;
        // A reload meanwhile has flushed what was read.
        if (component->learnt_with() != learnt_with)
            co_return failed("the configuration was read again; try once more");
        std::size_t bytes = 0;
        for (const RememberedVerdict& one : *some) {
            Json verdict = Json::parse(one.body, nullptr, false);
            // The key of a spoilt row is shown repaired, and may be before what was asked for.
            if (one.key > key) out["next"] = {{"provider", component->name()}, {"key", one.key}};
            if (!verdict.is_object() || deeper_than(verdict, deepest_verdict))
                continue;  // damaged; it is asked for again some time
            out["verdicts"].push_back(dumped(component->name(), learnt_with, one, std::move(verdict)));
            bytes += one.body.size();
            if (bytes >= page_bytes) break;
        }
        break;
    }
    co_return out;
}

Json CacheControl::load(const Json& question) {
    const auto list = question.find("verdicts");
    if (list == question.end() || !list->is_array()) return failed("expected a list of verdicts");
    std::size_t loaded = 0;
    std::map<std::string_view, std::size_t> left_out;
    bool stopped = false;
    for (const Json& one : *list) {
        const auto component = std::find_if(components_.begin(), components_.end(), [&](const auto& it) {
            return !it->learnt_with().empty() && it->name() == text_of(one, "provider");
        });
        const auto verdict =
            component == components_.end() ? std::nullopt : verdict_of(one, (*component)->name());
        std::string_view why;
        if (!verdict)
            why = component == components_.end() ? "the provider does not accept verdicts" : "not readable";
        else if ((*component)->learnt_with() != text_of(one, "learnt_with"))
            why = "learnt with another server or filter";
        else
            why = (*component)->take(*verdict);
        stopped = stopped || why == Component::cannot_keep_up;
        if (why.empty())
            ++loaded;
        else
            ++left_out[why];
    }
    if (loads_.allows(Clock::now()))
        log::info("verdicts loaded by an operator", {{"count", loaded}, {"kept_back", loads_.kept_back()}});
    Json reasons = Json::object();
    for (const auto& [why, count] : left_out) reasons[std::string(why)] = count;
    return {{"loaded", loaded}, {"left_out", std::move(reasons)}, {"stopped", stopped}};
}

}  // namespace enrichd
