#include "fakes/fake_otx.hpp"

#include <deque>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "fakes/hostile_answers.hpp"

namespace enrichd::fakes {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

namespace {

constexpr const char* as_json = "application/json";
constexpr const char* limited_detail =
    R"({"detail": "Anonymous access to this endpoint is limited. Please authenticate."})";
constexpr const char* gateway_page =
    "<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504</h1></center></body></html>";

Json pulse(const std::string& id, const std::string& name, const std::string& author,
           Json cloned_from = nullptr) {
    return {
        {"id", id},
        {"name", name},
        {"description", "Spam with a lure about invoices leads to a loader that fetches its stage over DNS."},
        {"modified", "2026-07-02T09:14:07.412000"},
        {"created", "2026-06-28T16:41:55.091000"},
        {"tags", {"loader", "stealer", "phishing"}},
        {"references", {"https://blog.example/reports/loader-2026"}},
        {"public", 1},
        {"adversary", ""},
        {"targeted_countries", {"Germany"}},
        {"malware_families",
         {{{"id", "ExampleStealer"}, {"display_name", "ExampleStealer"}, {"target", nullptr}}}},
        {"attack_ids", {{{"id", "T1071.004"}, {"name", "DNS"}, {"display_name", "T1071.004 - DNS"}}}},
        {"industries", {"Finance"}},
        {"TLP", "white"},
        {"cloned_from", std::move(cloned_from)},
        {"author", {{"username", author}, {"id", "2"}, {"is_subscribed", true}}},
        {"indicator_count", 170},
        {"related_indicator_type", "hostname"},
        {"related_indicator_is_active", 1}};
}

Json odd_pulse() {
    Json odd = pulse("odd-1", "name with \x1b[31mterminal\x07 escapes \xc2\x9b \xe2\x80\xae", "AlienVault");
    odd["malware_families"] = {"PlainName", nullptr, 7};
    odd["attack_ids"] = {"T1568"};
    odd["modified"] = "2023-01-10T00:00:00";
    odd["tags"] = "not a list";
    odd["TLP"] = nullptr;
    odd["adversary"] = 17;
    odd["indicator_count"] = "many";
    return odd;
}

Json pulses_of(const std::string& value) {
    Json out = Json::array();
    if (value.starts_with("bad")) {
        out.push_back(
            pulse("65f0a1b2c3d4e5f60718293a", "Loader campaign delivering ExampleStealer", "AlienVault"));
        out.push_back(
            pulse("65f0a1b2c3d4e5f60718294b", "my blocklist export", "someuser", "61aaaaaaaaaaaaaaaaaaaaaa"));
    } else if (value.starts_with("clone")) {
        out.push_back(pulse("c0", "the original", "AlienVault"));
        out.push_back(pulse("c1", "a copy", "AlienVault", "c0"));
        out.push_back(pulse("c2", "another copy", "AlienVault", "c0"));
    } else if (value.starts_with("popular")) {
        for (int i = 0; i < 50; ++i) out.push_back(pulse("p" + std::to_string(i), "noise", "AlienVault"));
    } else if (value.starts_with("odd")) {
        out.push_back(odd_pulse());
        Json nobody = pulse("odd-2", "by nobody", "");
        nobody["author"] = nullptr;
        out.push_back(std::move(nobody));
    }
    return out;
}

Reply misbehave(OtxFault fault, const std::string& body, const Request& request, std::chrono::seconds pause) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    Reply reply;
    const auto closing = [](std::string bytes) { return Reply{std::move(bytes), false}; };
    switch (fault) {
        case OtxFault::limited:
            return answer(429, as_json, limited_detail);
        case OtxFault::limited_ok:
            return answer(200, as_json, limited_detail);
        case OtxFault::limited_empty:
            return answer(429, "", "");
        case OtxFault::limited_for_seconds:
            return answer(429, as_json, limited_detail,
                          "Retry-After: " + std::to_string(pause.count()) + "\r\n");
        case OtxFault::limited_until:
            return answer(429, "", "", "Retry-After: " + http_date(std::time(nullptr) + 30) + "\r\n");
        case OtxFault::key_refused:
            return answer(403, as_json, R"({"detail": "Invalid API key"})");
        case OtxFault::unauthorised:
            return answer(401, as_json, R"({"detail": "Authentication required"})");
        case OtxFault::blocked:
            return answer(403, "text/html",
                          "<html><title>403 ERROR</title>The request could not be satisfied.</html>");
        case OtxFault::malformed:
            return answer(400, as_json, R"({"detail": "malformed"})");
        case OtxFault::malformed_page:
            return answer(400, "text/html", "<h1>400 Bad Request</h1>");
        case OtxFault::limited_packed:
            return answer(429, as_json, "no gzip at all", "Content-Encoding: gzip\r\nRetry-After: 30\r\n");
        case OtxFault::no_page:
            return answer(404, "text/html", "<h1>Not Found</h1>");
        case OtxFault::time_out:
            return answer(408, "", "");
        case OtxFault::broken:
            return answer(500, "text/html", "<h1>Server Error (500)</h1>");
        case OtxFault::gateway:
            return answer(504, "text/html", gateway_page, "X-Cache: Error from cloudfront\r\n");
        case OtxFault::page:
            return answer(200, "text/html", gateway_page);
        case OtxFault::redirect:
            return answer(301, "text/html", "", "Location: https://127.0.0.1:1/elsewhere\r\n");
        case OtxFault::not_json:
            return answer(200, as_json, body.substr(0, body.size() / 2));
        case OtxFault::empty:
            return answer(200, as_json, "");
        case OtxFault::cut:
            return closing(head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                           body.substr(0, body.size() / 2));
        case OtxFault::unframed:
            return closing(head + "\r\n" + body);
        case OtxFault::gzip_length: {
            std::string packed = gzipped(body);
            packed[packed.size() - 4] ^= 1;
            return answer(200, as_json, packed, "Content-Encoding: gzip\r\n");
        }
        case OtxFault::gzip_cut: {
            const std::string packed = gzipped(body);
            return answer(200, as_json, packed.substr(0, packed.size() / 2), "Content-Encoding: gzip\r\n");
        }
        case OtxFault::gzip_bomb:
            return gzip_bomb(as_json);
        case OtxFault::huge:
            return answer(200, as_json, std::string(12 << 20, ' ') + body);
        case OtxFault::endless:
            reply.bytes = head + "Transfer-Encoding: chunked\r\n\r\n";
            reply.for_ever = "1000\r\n" + std::string(4096, ' ') + "\r\n";
            return reply;
        case OtxFault::huge_header:
            return huge_header(as_json);
        case OtxFault::drip:
            reply = answer(200, as_json, body);
            reply.each_byte = 1s;
            return reply;
        case OtxFault::silence:
            reply.silent = true;
            return reply;
        case OtxFault::reset_reused:
            if (request.ordinal == 0) return answer(200, as_json, body);
            reply.keep = false;
            reply.reset = true;
            return reply;
        case OtxFault::deep:
            return answer(200, as_json,
                          R"({"pulse_info":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
        case OtxFault::count_alone:
            return answer(200, as_json, R"({"pulse_info": {"count": 3, "pulses": []}})");
        case OtxFault::no_pulse_info:
            return answer(200, as_json, R"({"sections": ["general"], "indicator": "x"})");
    }
    return reply;
}

}  // namespace

std::string FakeOtx::body_for(const std::string& slug, const std::string& value) {
    const Json pulses = pulses_of(value);
    Json out{{"sections", {"general", "geo", "url_list", "passive_dns", "malware", "whois", "http_scans"}},
             {"whois", "http://whois.domaintools.com/" + value},
             {"alexa", "http://www.alexa.com/siteinfo/" + value},
             {"indicator", value},
             {"type", slug},
             {"type_title", slug == "domain" ? "Domain" : "Hostname"},
             {"validation", Json::array()},
             {"base_indicator", Json::object()},
             {"pulse_info", {{"count", pulses.size()}, {"pulses", pulses}, {"references", Json::array()}}},
             {"false_positive", Json::array()}};
    if (!pulses.empty())
        out["base_indicator"] = {{"id", 3912345678},
                                 {"indicator", value},
                                 {"type", slug},
                                 {"title", ""},
                                 {"description", ""},
                                 {"content", ""},
                                 {"access_type", "public"},
                                 {"access_reason", ""}};
    if (value.starts_with("popular")) {
        out["validation"] = {
            {{"source", "akamai"}, {"message", "Akamai rank: #2138"}, {"name", "Akamai Popular Domain"}},
            {{"source", "whitelist"}, {"message", "Whitelisted domain"}, {"name", "Whitelisted domain"}}};
        out["false_positive"] = {
            {{"assessment", "accepted"}, {"assessment_date", "2024-03-12T14:47:58.012000"}}};
    }
    std::string text = out.dump();
    if (!value.starts_with("odd")) return text;
    // Half a character as an escape, and bytes that are no UTF-8.
    const std::string lure = "Spam with a lure";
    for (std::size_t at = text.find(lure); at != std::string::npos; at = text.find(lure))
        text.replace(at, lure.size(), "Spam \\ud800 with \xfcmlaut");
    return text;
}

struct FakeOtx::Server {
    mutable std::mutex guard;  // of all below down to `http`
    std::chrono::milliseconds delay{0};
    std::chrono::seconds pause{30};
    std::deque<OtxFault> next;
    std::optional<OtxFault> always;
    std::map<std::string, std::uint64_t> asked;
    bool secure;
    HttpServer http;

    Server(TlsContext tls, std::uint16_t port)
        : secure(tls != nullptr),
          http([this](const Request& request) { return serve(request); }, port, std::move(tls)) {
        http.close_idle_after(60s);
    }

    Reply serve(const Request& request) {
        const std::lock_guard lock(guard);
        const std::string begin = "/api/v1/indicators/";
        const std::string end = "/general";
        if (!request.target.starts_with(begin) || !request.target.ends_with(end)) return answer(404, "", "");
        const std::string what =
            request.target.substr(begin.size(), request.target.size() - begin.size() - end.size());
        ++asked[what];
        const std::size_t slash = what.find('/');
        const std::string body = body_for(what.substr(0, slash), what.substr(slash + 1));
        auto fault = always;
        if (!fault && !next.empty()) {
            fault = next.front();
            next.pop_front();
        }
        const auto key_given = request.headers.find("x-otx-api-key");
        if (key_given == request.headers.end() || key_given->second != key) fault = OtxFault::key_refused;
        Reply reply = fault ? misbehave(*fault, body, request, pause) : good(body, request);
        reply.delay = delay;
        return reply;
    }

    static Reply good(const std::string& body, const Request& request) {
        const auto accepts = request.headers.find("accept-encoding");
        const bool packed = accepts != request.headers.end() && accepts->second == "gzip";
        return answer(200, as_json, packed ? gzipped(body) : body,
                      packed ? "Content-Encoding: gzip\r\n" : "");
    }
};

FakeOtx::FakeOtx(TlsContext tls, std::uint16_t port)
    : server_(std::make_unique<Server>(std::move(tls), port)) {}
FakeOtx::~FakeOtx() = default;

std::uint16_t FakeOtx::port() const {
    return server_->http.port();
}
std::string FakeOtx::url() const {
    return (server_->secure ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port());
}
std::string FakeOtx::section(const std::filesystem::path& directory) const {
    const std::filesystem::path file = directory / "key";
    std::ofstream(file) << key;
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return "otx:\n  url: " + url() + "\n  api_key_file: " + file.string() + "\n";
}
void FakeOtx::fail_next(OtxFault fault, unsigned times) {
    const std::lock_guard lock(server_->guard);
    server_->next.insert(server_->next.end(), times, fault);
}
void FakeOtx::fail_always(std::optional<OtxFault> fault) {
    const std::lock_guard lock(server_->guard);
    server_->always = fault;
}
void FakeOtx::fail_no_more() {
    const std::lock_guard lock(server_->guard);
    server_->always.reset();
    server_->next.clear();
}
void FakeOtx::delay(std::chrono::milliseconds each_answer) {
    const std::lock_guard lock(server_->guard);
    server_->delay = each_answer;
}
void FakeOtx::retry_after(std::chrono::seconds pause) {
    const std::lock_guard lock(server_->guard);
    server_->pause = pause;
}
std::uint64_t FakeOtx::requests() const {
    const std::lock_guard lock(server_->guard);
    std::uint64_t sum = 0;
    for (const auto& [what, times] : server_->asked) sum += times;
    return sum;
}
std::map<std::string, std::uint64_t> FakeOtx::asked() const {
    const std::lock_guard lock(server_->guard);
    return server_->asked;
}
Connections FakeOtx::connections() const {
    return server_->http.connections();
}

}  // namespace enrichd::fakes
