#include "fakes/fake_rdap.hpp"

#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>

#include "fakes/hostile_answers.hpp"

namespace enrichd::fakes {
namespace {

using nlohmann::json;

constexpr std::time_t day = 86'400;
constexpr const char* rdap_type = "application/rdap+json; charset=utf-8";

std::string iso_date(std::time_t time) {
    std::tm parts{};
    std::array<char, 32> text{};
    ::gmtime_r(&time, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Reply rdap(unsigned status, const json& body) {
    return answer(status, rdap_type, body.dump());
}

Reply redirect(const std::string& location) {
    return answer(302, "text/html", "", "Location: " + location + "\r\n");
}

Reply domain(const std::string& name) {
    const std::time_t now = std::time(nullptr);
    std::time_t registered = 1'251'391'879;  // 27 August 2009
    std::time_t expires = now + 200 * day;
    if (name.starts_with("new")) registered = now - 5 * day;
    if (name.starts_with("future")) registered = now + day;
    if (name.starts_with("expired")) expires = now - 10 * day;
    json events = json::array();
    if (!name.starts_with("undated"))
        events.push_back({{"eventAction", "registration"}, {"eventDate", iso_date(registered)}});
    if (!name.starts_with("noexpiry"))
        events.push_back({{"eventAction", "expiration"}, {"eventDate", iso_date(expires)}});
    return rdap(200, {{"objectClassName", "domain"}, {"ldhName", name}, {"events", events}});
}

}  // namespace

struct FakeRdap::Server {
    mutable std::mutex guard;  // of the three below
    std::map<std::string, unsigned> asked;
    unsigned bootstraps = 0;
    std::chrono::milliseconds delay{0};
    bool tls;
    HttpServer http;

    explicit Server(TlsContext context)
        : tls(context != nullptr),
          http([this](const Request& request) { return serve(request.target); }, 0, std::move(context)) {}

    std::string url() const {
        return (tls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(http.port());
    }

    std::string bootstrap(const std::string& published) const {
        const json services{{{"com", "net"}, {url() + "/rdap/"}}, {{"org", "co.uk"}, {url() + "/rdap"}}};
        return json{{"version", "1.0"}, {"publication", published}, {"services", services}}.dump();
    }

    Reply serve(const std::string& target) {
        const std::lock_guard lock(guard);
        if (target.ends_with(".json")) {
            ++bootstraps;
            const bool empty = target == "/empty.json";
            return answer(target == "/broken.json" ? 500 : 200, "application/json",
                          empty ? R"({"services":[]})" : bootstrap("2026-11-01T00:00:00Z"));
        }
        const std::size_t at = target.rfind("/domain/");
        if (at == std::string::npos) return rdap(404, {{"errorCode", 404}});
        ++asked[target];
        Reply reply = judge(target.substr(at + 8), target);
        if (delay.count() > 0) reply.delay = delay;
        return reply;
    }

    Reply judge(const std::string& name, const std::string& target) const {
        Reply reply;
        if (name.starts_with("missing")) return rdap(404, {{"errorCode", 404}, {"title", "Not Found"}});
        if (name.starts_with("broken")) return rdap(500, {{"errorCode", 500}});
        if (name.starts_with("refused")) return answer(403, "text/html", "<html>Forbidden</html>");
        if (name.starts_with("limited"))
            return answer(429, "application/rdap+json", "{}", "Retry-After: 120\r\n");
        if (name.starts_with("page")) return answer(200, "text/html", "<html>");
        if (name.starts_with("away")) return redirect("https://rdap.elsewhere.example/domain/" + name);
        if (name.starts_with("loop")) return redirect(target);
        if (target.starts_with("/xxx")) return rdap(404, {{"errorCode", 404}});
        if (name.starts_with("far")) return redirect("/" + std::string(4000, 'x') + "/domain/" + name);
        if (name.starts_with("moved") && !target.starts_with("/other"))
            return redirect(url() + "/other/domain/" + name);
        if (name.starts_with("drip")) return dripping(rdap_type, "{}");
        if (name.starts_with("endless")) return endless_chunks(rdap_type);
        if (name.starts_with("extension")) return endless_chunk_extension(rdap_type);
        if (name.starts_with("trailer")) return endless_trailer(rdap_type);
        if (name.starts_with("header")) return huge_header(rdap_type);
        if (name.starts_with("bomb")) return gzip_bomb(rdap_type);
        if (name.starts_with("deep")) return deep_json(rdap_type, 10'000);
        if (name.starts_with("silent")) reply.silent = true;
        if (name.starts_with("cut")) reply.keep = false;
        return name.starts_with("silent") || name.starts_with("cut") ? reply : domain(name);
    }
};

FakeRdap::FakeRdap(TlsContext tls) : server_(std::make_unique<Server>(std::move(tls))) {}

FakeRdap::~FakeRdap() = default;

std::string FakeRdap::url() const {
    return server_->url();
}

std::string FakeRdap::bootstrap(const std::string& published) const {
    return server_->bootstrap(published);
}

void FakeRdap::delay(std::chrono::milliseconds each_answer) {
    const std::lock_guard lock(server_->guard);
    server_->delay = each_answer;
}

std::map<std::string, unsigned> FakeRdap::asked() const {
    const std::lock_guard lock(server_->guard);
    return server_->asked;
}

unsigned FakeRdap::requests() const {
    unsigned sum = 0;
    for (const auto& [target, count] : asked()) sum += count;
    return sum;
}

unsigned FakeRdap::bootstraps() const {
    const std::lock_guard lock(server_->guard);
    return server_->bootstraps;
}

Connections FakeRdap::connections() const {
    return server_->http.connections();
}

}  // namespace enrichd::fakes
