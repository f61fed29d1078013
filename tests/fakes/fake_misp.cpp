#include "fakes/fake_misp.hpp"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

namespace enrichd::fakes {
namespace {

using nlohmann::json;

bool has(const json& list, const json& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::int64_t since(const json& question, const char* key) {
    return question.contains(key) ? std::stoll(question[key].get<std::string>()) : 0;
}

bool is_asked_for(const json& question, const MispAttribute& one) {
    const json& deleted = question.value("deleted", json(false));
    const bool deletion_fits =
        deleted.is_array() ? has(deleted, json(one.deleted ? 1 : 0)) : deleted.get<bool>() == one.deleted;
    return has(question["type"], one.type) && deletion_fits && (!question.contains("to_ids") || one.to_ids) &&
           (!question.value("published", false) || one.publish_timestamp != 0) &&
           one.timestamp >= since(question, "timestamp") &&
           one.publish_timestamp >= since(question, "publish_timestamp");
}

json attribute_json(const MispAttribute& one) {
    json tags = json::array();
    for (const std::string& tag : one.tags)
        tags.push_back({{"id", "5"}, {"name", tag}, {"colour", "#ffffff"}, {"inherited", 1}});
    return {{"id", "17"},
            {"event_id", "42"},
            {"object_id", "0"},
            {"category", "Network activity"},
            {"type", one.type},
            {"value", one.value},
            {"to_ids", one.to_ids},
            {"uuid", one.uuid},
            {"timestamp", std::to_string(one.timestamp)},
            {"comment", one.comment},
            {"deleted", one.deleted},
            {"Event", {{"id", "42"}, {"info", "Loader of November"}, {"uuid", "e-1"}}},
            {"Tag", std::move(tags)}};
}

}  // namespace

struct FakeMisp::Server {
    mutable std::mutex guard;  // of what follows, but for http
    std::vector<MispAttribute> attributes;
    std::vector<std::string> bodies;
    std::size_t most = 0;
    bool one_page = false;
    Handler instead;
    HttpServer http{[this](const Request& request) { return serve(request); }};

    Reply serve(const Request& request) {
        const std::lock_guard lock(guard);
        bodies.push_back(request.body);
        if (instead) return instead(request);
        if (request.method != "POST" || request.target != "/misp/attributes/restSearch")
            return answer(404, "application/json", R"({"name":"Not Found"})");
        const auto given = request.headers.find("authorization");
        if (given == request.headers.end() || given->second != key)
            return answer(403, "application/json", R"({"name":"Authentication failed.","url":"\/"})");
        const json question = json::parse(request.body);
        std::size_t limit = question["limit"];
        if (most > 0) limit = std::min(limit, most);
        std::size_t skip = one_page ? 0 : (question["page"].get<std::size_t>() - 1) * limit;
        json found = json::array();
        std::size_t skipped = 0;
        for (const MispAttribute& one : attributes) {
            if (!is_asked_for(question, one) || found.size() + skipped == limit) continue;
            if (skip > 0)
                --skip;
            else if (one.on_warning_list && question.value("enforceWarninglist", false))
                ++skipped;  // MISP leaves it out after it has cut the page
            else
                found.push_back(attribute_json(one));
        }
        return answer(200, "application/json", json{{"response", {{"Attribute", std::move(found)}}}}.dump(),
                      "X-Skipped-Elements-Count: " + std::to_string(skipped) + "\r\n");
    }
};

FakeMisp::FakeMisp() : server_(std::make_unique<Server>()) {}
FakeMisp::~FakeMisp() = default;

std::string FakeMisp::url() const {
    return "http://127.0.0.1:" + std::to_string(server_->http.port()) + "/misp";
}

void FakeMisp::change(const std::function<void(std::vector<MispAttribute>&)>& change) {
    const std::lock_guard lock(server_->guard);
    change(server_->attributes);
}

void FakeMisp::limit_pages(std::size_t attributes) {
    const std::lock_guard lock(server_->guard);
    server_->most = attributes;
}

void FakeMisp::ignore_pages() {
    const std::lock_guard lock(server_->guard);
    server_->one_page = true;
}

void FakeMisp::answer_with(Handler instead) {
    const std::lock_guard lock(server_->guard);
    server_->instead = std::move(instead);
}

std::vector<std::string> FakeMisp::bodies() const {
    const std::lock_guard lock(server_->guard);
    return server_->bodies;
}

}  // namespace enrichd::fakes
