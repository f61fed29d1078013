#include "fakes/fake_redis.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "shared/scripts.hpp"

namespace enrichd::fakes {
namespace {

using std::chrono::milliseconds;

std::string bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string number(std::int64_t value) {
    return ":" + std::to_string(value) + "\r\n";
}

std::string list(const std::vector<std::string>& items) {
    std::string out = "*" + std::to_string(items.size()) + "\r\n";
    for (const std::string& item : items) out += item;
    return out;
}

std::optional<std::size_t> place_of(const std::string& text) {
    const auto found = std::find(shared_scripts::all.begin(), shared_scripts::all.end(), text);
    if (found == shared_scripts::all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - shared_scripts::all.begin());
}

/// "r123:host": when it was seen, and by whom it was reported.
std::pair<std::int64_t, std::string> reported(const std::string& text) {
    const auto colon = text.find(':');
    return {std::stoll(text.substr(1)), text.substr(colon + 1)};
}

}  // namespace

std::optional<std::string> FakeRedis::get(const std::string& key) {
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    if (found->second.expires && *found->second.expires <= Clock::now()) {
        values_.erase(found);
        return std::nullopt;
    }
    return found->second.text;
}

void FakeRedis::set(const std::string& key, std::string text, const std::string& time) {
    Value value{std::move(text), std::nullopt};
    if (!time.empty()) value.expires = Clock::now() + milliseconds(std::stoll(time));
    values_[key] = std::move(value);
}

std::int64_t FakeRedis::time_left(const std::string& key) {
    const auto& expires = values_.at(key).expires;
    return expires ? std::chrono::ceil<milliseconds>(*expires - Clock::now()).count() : -1;
}

std::string FakeRedis::answer(const RedisReply& command) {
    std::vector<std::string> words;
    for (const RedisReply& word : command.list) words.push_back(word.text);
    const std::string& name = words.at(0);
    if (name == "AUTH" || name == "SELECT") return "+OK\r\n";
    if (name == "SCRIPT") return bulk("digest" + std::to_string(place_of(words.at(2)).value()));
    if (name == "DEL" || name == "UNLINK") {
        std::int64_t removed = 0;
        for (std::size_t i = 1; i < words.size(); ++i)
            removed += static_cast<std::int64_t>(values_.erase(words[i]));
        return number(removed);
    }
    if (name == "SCAN") return list({bulk("0"), list({})});
    if (name != "EVAL" && name != "EVALSHA") throw std::logic_error("no such command: " + name);
    const std::size_t script =
        name == "EVAL" ? place_of(words.at(1)).value() : std::stoul(words.at(1).substr(6));
    const std::size_t count = std::stoul(words.at(2));
    Call its;
    for (std::size_t i = 3; i < words.size(); ++i)
        (i < 3 + count ? its.keys : its.arguments).push_back(words[i]);
    return call(script, its);
}

std::string FakeRedis::call(std::size_t script, const Call& its) {
    switch (script) {
        case shared_scripts::meet:
            return meet(its);
        case shared_scripts::claim:
            return claim(its);
        case shared_scripts::report:
            return report(its);
        case shared_scripts::begin:
            return begin(its);
        case shared_scripts::alerts:
            return alerts(its);
        default:
            return finish(its);
    }
}

std::string FakeRedis::meet(const Call& its) {
    const std::string before = get(its.keys[1]).value_or("");
    set(its.keys[1], its.arguments[1]);
    if (!get(its.keys[2])) set(its.keys[2], its.arguments[2]);
    return list({bulk(*get(its.keys[2])), number(1), bulk(before)});
}

std::string FakeRedis::claim(const Call& its) {
    const auto found = get(its.keys[0]);
    const std::string own = "c" + its.arguments[0];
    if (!found || *found == own) {
        set(its.keys[0], own, its.arguments[1]);
        return list({bulk("ours")});
    }
    if (found->front() == 'r') return list({bulk("reported"), bulk(std::to_string(reported(*found).first))});
    return list({bulk("claimed")});
}

std::string FakeRedis::report(const Call& its) {
    std::vector<std::string> others;
    for (std::size_t i = 0; i < its.keys.size(); ++i) {
        std::int64_t seen = std::stoll(its.arguments[i + 2]);
        std::string host = its.arguments[0];
        const auto found = get(its.keys[i]);
        if (found && found->front() == 'c' && *found != "c" + host)
            others.push_back(number(static_cast<std::int64_t>(i) + 1));
        if (found && found->front() == 'r') {
            const auto [before, by] = reported(*found);
            if (by != host) others.push_back(number(static_cast<std::int64_t>(i) + 1));
            if (before <= seen) {
                seen = before;
                host = by;
            }
        }
        set(its.keys[i], "r" + std::to_string(seen) + ":" + host, its.arguments[1]);
    }
    return list(others);
}

std::string FakeRedis::begin(const Call& its) {
    if (const auto known = get(its.keys[0]))
        return list({bulk("known"), bulk(*known), number(time_left(its.keys[0]))});
    const auto by = get(its.keys[1]);
    if (by && *by != its.arguments[0]) return list({bulk("asked"), number(time_left(its.keys[1]))});
    set(its.keys[1], its.arguments[0], its.arguments[1]);
    return list({bulk("ask"), number(std::stoll(its.arguments[2]))});
}

std::string FakeRedis::finish(const Call& its) {
    if (!its.arguments[1].empty()) set(its.keys[0], its.arguments[1], its.arguments[2]);
    if (get(its.keys[1]) == its.arguments[0]) values_.erase(its.keys[1]);
    return bulk("ok");
}

std::string FakeRedis::alerts(const Call& its) {
    std::vector<std::string> out;
    std::size_t next = 0;
    for (std::size_t i = 2; i < its.arguments.size(); ++i) {
        const std::string& key = its.keys.at(next++);
        const std::string before = get(key).value_or(" ");
        const std::string agent = its.arguments[i] + " ";
        const bool added = before.find(" " + agent) == std::string::npos;
        set(key, added ? before + agent : before, its.arguments[1]);
        out.push_back(number(added ? 1 : 0));
        const std::string after = added ? before + agent : before;
        out.push_back(number(std::count(after.begin(), after.end(), ' ') - 1));
    }
    for (; next < its.keys.size(); ++next) {
        const std::string& key = its.keys[next];
        if (!get(key)) set(key, its.arguments[0], "86400000");
        out.push_back(bulk(*get(key)));
    }
    return list(out);
}

}  // namespace enrichd::fakes
