#include "fakes/fake_domain_stats.hpp"

#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>

#include "fakes/hostile_answers.hpp"
#include "fakes/http_server.hpp"

namespace enrichd::fakes {

using namespace std::chrono_literals;

namespace {

constexpr const char* json_type = "application/json";
constexpr std::time_t week = 7 * 86'400;
constexpr std::string_view page =
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n";

Reply closing(std::string bytes) {
    return {std::move(bytes), false};
}

Reply misbehave(Fault fault, const std::string& body) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    Reply reply;
    switch (fault) {
        case Fault::cut:
            return closing("");
        case Fault::cut_in_body:
            return closing(head + "Content-Length: 500\r\n\r\n" + body.substr(0, 20));
        case Fault::html:
            return answer(200, "text/html", std::string(page));
        case Fault::status_500:
            return answer(500, "text/html; charset=utf-8", std::string(page));
        case Fault::status_503:
            reply = answer(503, "text/html", std::string(page), "Connection: close\r\n");
            reply.keep = false;
            return reply;
        case Fault::empty:
            return answer(200, "application/json", "");
        case Fault::text_type:
            return answer(200, "text/plain", body);
        case Fault::not_json:
            return answer(200, "application/json", "{\"alerts\":[");
        case Fault::other_json:
            return answer(200, "application/json", "{\"hit\":0,\"miss\":0}\n");
        case Fault::redirect:
            return answer(308, "text/html", "", "Location: http://127.0.0.1:1/elsewhere\r\n");
        case Fault::huge_body:
            return answer(200, "application/json", std::string(1 << 20, ' ') + body);
        case Fault::endless_body:
            return endless_chunks(json_type);
        case Fault::endless_extension:
            return endless_chunk_extension(json_type);
        case Fault::endless_trailer:
            return endless_trailer(json_type);
        case Fault::huge_header:
            return huge_header(json_type);
        case Fault::gzip_bomb:
            return gzip_bomb(json_type);
        case Fault::deep:
            return deep_json(json_type, 10'000);
        case Fault::drip:
            return dripping(json_type, body);
        case Fault::unframed:
            return closing(head + "\r\n" + body);
        case Fault::not_http:
            return closing("+OK POP3 server ready\r\n");
        case Fault::silence:
            reply.silent = true;
            return reply;
    }
    return reply;
}

}  // namespace

std::string domain_stats_verdict(const std::string& domain, std::time_t now, std::time_t seen_at, bool first,
                                 int offset_hours) {
    nlohmann::json out;
    out["alerts"] = nlohmann::json::array();
    out["category"] = domain.starts_with("new") ? "NEW" : domain.starts_with("err") ? "ERROR" : "ESTABLISHED";
    out["freq_score"] = {5.4865, 5.5522};
    out["seen_by_isc"] = "RDAP";
    out["seen_by_web"] =
        domain.starts_with("new") ? http_date(now - week) : std::string("Thu, 27 Aug 2009 16:51:19 GMT");
    out["seen_by_you"] = http_date(seen_at + offset_hours * 3600);
    if (domain.starts_with("qz")) {
        out["freq_score"] = {1.0898, 3.7358};
        out["alerts"].push_back("LOW-FREQ-SCORES");
    }
    if (first) out["alerts"].push_back("YOUR-FIRST-CONTACT");
    if (domain.starts_with("err")) {
        out["alerts"].push_back("RDAP lookup to https://www.rdap.net/domain/" + domain + " returned 404");
        out["seen_by_isc"] = out["seen_by_web"] = out["seen_by_you"] = "ERROR";
    }
    if (domain.starts_with("odd")) {
        out["freq_score"] = "ERROR";
        out["seen_by_isc"] = nullptr;
        out["seen_by_web"] = 17;
    }
    if (domain == "localhost")
        out = {{"alerts", {"No valid eTLD exists for this domain."}},
               {"category", "ERROR"},
               {"freq_score", "ERROR"},
               {"seen_by_isc", "ERROR"},
               {"seen_by_web", "ERROR"},
               {"seen_by_you", "ERROR"}};
    return out.dump() + "\n";
}

struct FakeDomainStats::Server {
    mutable std::mutex guard;  // of all below down to `port`
    std::chrono::milliseconds delay{0};
    int offset_hours = 0;
    std::deque<Fault> next;
    std::optional<Fault> always;
    std::map<std::string, std::time_t> seen;
    Counts counts;
    std::uint16_t port;
    std::chrono::milliseconds idle{2500};
    std::unique_ptr<HttpServer> http;  // none while it is away

    explicit Server(std::uint16_t at) : port(at) { listen(); }

    void listen() {
        if (http) return;
        http = std::make_unique<HttpServer>([this](const Request& request) { return serve(request.target); },
                                            port);
        http->close_idle_after(idle);
        port = http->port();
    }

    Reply serve(const std::string& target) {
        const std::lock_guard lock(guard);
        const auto fault = take_fault(target);
        const std::string body = verdict(target.substr(1));
        Reply reply = fault ? misbehave(*fault, body) : answer(200, "application/json", body);
        reply.delay = delay;
        return reply;
    }

    /// Of the next request; probes only meet what fails always.
    std::optional<Fault> take_fault(const std::string& target) {
        if (target == "/localhost") {
            ++counts.probes;
            return always;
        }
        ++counts.requests;
        ++counts.by_target[target];
        if (always || next.empty()) return always;
        const Fault fault = next.front();
        next.pop_front();
        return fault;
    }

    /// The body for a domain, which is seen from now on.
    std::string verdict(const std::string& domain) {
        const std::time_t now = std::time(nullptr);
        const auto [at, unseen] = seen.try_emplace(domain, now);
        const bool long_ago = domain.starts_with("seen");
        const std::time_t seen_at = at->second - (long_ago ? week : 0);
        return domain_stats_verdict(domain, now, seen_at, unseen && !long_ago, offset_hours);
    }
};

FakeDomainStats::FakeDomainStats(std::uint16_t port) : server_(std::make_unique<Server>(port)) {}
FakeDomainStats::~FakeDomainStats() = default;

std::uint16_t FakeDomainStats::port() const {
    return server_->port;
}

void FakeDomainStats::delay(std::chrono::milliseconds each_answer) {
    const std::lock_guard lock(server_->guard);
    server_->delay = each_answer;
}
void FakeDomainStats::timezone_offset(int hours) {
    const std::lock_guard lock(server_->guard);
    server_->offset_hours = hours;
}
void FakeDomainStats::close_idle_after(std::chrono::milliseconds idle) {
    server_->idle = idle;
    if (server_->http) server_->http->close_idle_after(idle);
}
void FakeDomainStats::fail_next(Fault fault, unsigned times) {
    const std::lock_guard lock(server_->guard);
    server_->next.insert(server_->next.end(), times, fault);
}
void FakeDomainStats::fail_always(std::optional<Fault> fault) {
    const std::lock_guard lock(server_->guard);
    server_->always = fault;
}
void FakeDomainStats::fail_no_more() {
    const std::lock_guard lock(server_->guard);
    server_->always.reset();
    server_->next.clear();
}
Counts FakeDomainStats::counts() const {
    const Connections connections = server_->http ? server_->http->connections() : Connections();
    const std::lock_guard lock(server_->guard);
    Counts out = server_->counts;
    out.connections = connections.all;
    out.open = connections.open;
    out.most_open = connections.most_open;
    out.answers = connections.answers;
    return out;
}
std::uint64_t FakeDomainStats::answers() const {
    return server_->http ? server_->http->connections().answers : 0;
}
void FakeDomainStats::leave() {
    server_->http.reset();
}
void FakeDomainStats::come_back() {
    server_->listen();
}

}  // namespace enrichd::fakes
