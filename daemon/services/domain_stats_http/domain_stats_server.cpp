#include "services/domain_stats_http/domain_stats_server.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace enrichd {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr auto patience = std::chrono::seconds(30);

/// The path of a target in any of its forms: "/x", "/x?y", "http://host/x".
std::string_view path_of(std::string_view target) {
    if (const std::size_t scheme = target.find("://"); scheme != std::string_view::npos && target[0] != '/') {
        const std::size_t path = target.find('/', scheme + 3);
        target = path == std::string_view::npos ? std::string_view() : target.substr(path);
    }
    target = target.substr(0, target.find_first_of("?#"));
    return target.substr(std::min(target.find_first_not_of('/'), target.size()));
}

/// What is no escape stays as it is.
std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* const begin = text.data() + i + 1;
        const bool escape = text[i] == '%' && i + 2 < text.size() &&
                            std::from_chars(begin, begin + 2, byte, 16).ptr == begin + 2;
        out.push_back(escape ? static_cast<char>(byte) : text[i]);
        if (escape) i += 2;
    }
    return out;
}

std::string error_json(std::string alert) {
    DomainStatsVerdict verdict;
    verdict.alerts = {std::move(alert)};
    verdict.category = verdict.freq_text = verdict.seen_by_isc = verdict.seen_by_web = verdict.seen_by_you =
        "ERROR";
    return to_domain_stats_json(verdict, false);
}

std::string not_looked_up(std::string_view why) {
    return error_json("Not looked up: " + std::string(why) + ".");
}

/// As the original answers for what is under no public suffix. It would look up what it should not, too.
std::string refusal_json(Refusal refused) {
    const bool not_wanted = refused == Refusal::skip_suffix || refused == Refusal::special_use ||
                            refused == Refusal::reverse_zone;
    return not_wanted ? not_looked_up(label(refused)) : error_json(std::string(no_suffix_alert));
}

/// The original takes any text for a name; one without an empty label has a suffix.
std::string no_name_json(const error& failure) {
    const bool no_suffix = failure == errc::name_empty || failure == errc::name_empty_label;
    return no_suffix ? error_json(std::string(no_suffix_alert)) : not_looked_up(label(failure));
}

HttpReply unavailable(const error& failure) {
    return {503, "text/plain; charset=utf-8", failure.message() + "\n"};
}

}  // namespace

task<HttpReply> DomainStatsServer::answer(HttpQuestion question) {
    const std::string text = unescaped(path_of(question.target));
    if (text.empty() || text.find('/') != std::string::npos)
        co_return ended("not_found", {404, "text/plain; charset=utf-8", "GET /<domain> or /stats\n"});
    if (text == "stats") {
        const Stats now = stats_();
        const nlohmann::json body{{"hit", now.hit},
                                  {"miss", now.miss},
                                  {"rdap_fail", now.rdap_fail},
                                  {"rdap_good", now.rdap_good},
                                  {"size", now.size},
                                  {"warnings", nlohmann::json::array()}};
        co_return ended("stats", {200, json_type, body.dump() + "\n"});
    }
    auto name = HostName::parse(text);
    if (!name) co_return ended("refused", {200, json_type, no_name_json(name.error())});
    const std::optional<Refusal> refused = refusal(*name, gate_);
    if (refused) co_return ended("refused", {200, json_type, refusal_json(*refused)});
    if (const auto known = verdicts_.cached(*name, Clock::now()))
        co_return ended("hit", {200, json_type, to_domain_stats_json(known->verdict, false)});
    if (const auto& trouble = verdicts_.trouble(); trouble && verdicts_.away())
        co_return ended("failed", unavailable(*trouble));
    co_return co_await ask(*std::move(name), std::move(question));
}

task<HttpReply> DomainStatsServer::ask(HostName name, HttpQuestion question) {
    Job job;
    job.alert.query = name.text();
    job.received = Clock::now();
    job.patience = patience;
    auto answer = co_await verdicts_.ask(name, job);
    error failure = answer ? error() : answer.error();
    if (failure == errc::filtered)  // by a reload, while it waited
        co_return ended("refused", {200, json_type, refusal_json(Refusal::skip_suffix)});
    const bool left = job.step.learnt && answer->first_contact && question.left();
    if (left) answer->first_contact = false;  // the next client gets it
    if (job.step.learnt && !left) failure = co_await domains_.mark_reported(*std::move(job.step.learnt));
    if (left || (answer && failure)) verdicts_.not_delivered(name);
    if (failure) co_return ended("failed", unavailable(failure));
    co_return ended("miss", {200, json_type, to_domain_stats_json(answer->verdict, answer->first_contact)});
}

HttpReply DomainStatsServer::ended(std::string_view how, HttpReply reply) {
    requests_.add(how);
    return reply;
}

}  // namespace enrichd
