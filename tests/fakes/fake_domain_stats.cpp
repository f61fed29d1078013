#include "fakes/fake_domain_stats.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <ctime>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/task.hpp"

namespace enrichd::fakes {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

std::string http_date(std::time_t time) {
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[64];
    const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

constexpr std::string_view page =
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n";

}  // namespace

struct FakeDomainStats::Server {
    mutable std::mutex guard;  // of all below down to `counts`
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds idle{2500};
    int offset_hours = 0;
    std::deque<Fault> next;
    std::optional<Fault> always;
    std::map<std::string, std::time_t> seen;
    Counts counts;

    asio::io_context io;
    tcp::acceptor acceptor{io};
    std::thread thread;

    explicit Server(std::uint16_t port) {
        const tcp::endpoint at(asio::ip::address_v4::loopback(), port);
        acceptor.open(at.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(at);
        acceptor.listen();
        asio::co_spawn(io, accept(), asio::detached);
        thread = std::thread([this] { io.run(); });
    }
    ~Server() {
        io.stop();
        thread.join();
    }

    task<void> accept() {
        for (;;) {
            auto [ec, socket] = co_await acceptor.async_accept(nothrow);
            if (ec) co_return;
            asio::co_spawn(io, session(std::move(socket)), asio::detached);
        }
    }

    task<void> session(tcp::socket socket) {
        beast::tcp_stream stream(std::move(socket));
        count_connection(1);
        bool keep = true;
        while (keep) keep = co_await one_request(stream);
        count_connection(-1);
    }

    void count_connection(int change) {
        const std::lock_guard lock(guard);
        if (change > 0) ++counts.connections;
        counts.open = static_cast<std::uint64_t>(static_cast<std::int64_t>(counts.open) + change);
        counts.most_open = std::max(counts.most_open, counts.open);
    }

    /// Of the next request; probes only meet what fails always.
    std::optional<Fault> take_fault(const std::string& target) {
        const std::lock_guard lock(guard);
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

    task<bool> one_request(beast::tcp_stream& stream) {
        beast::flat_buffer buffer;
        http::request_parser<http::empty_body> parser;
        stream.expires_after(idle_limit());
        auto [ec, size] = co_await http::async_read(stream, buffer, parser, nothrow);
        if (ec) co_return false;
        stream.expires_never();
        const std::string target(parser.get().target());
        const auto fault = take_fault(target);
        const std::string body = verdict(target.substr(1));
        asio::steady_timer pause(io, answer_delay());
        co_await pause.async_wait(nothrow);
        if (fault) co_return co_await misbehave(stream, *fault, body);
        co_return co_await answer(stream, 200, "application/json", body, parser.get().keep_alive());
    }

    std::chrono::milliseconds idle_limit() const {
        const std::lock_guard lock(guard);
        return idle;
    }
    std::chrono::milliseconds answer_delay() const {
        const std::lock_guard lock(guard);
        return delay;
    }

    task<bool> answer(beast::tcp_stream& stream, unsigned status, std::string type, std::string body,
                      bool keep) {
        http::response<http::string_body> response(http::int_to_status(status), 11);
        response.set(http::field::server, "gunicorn");
        response.set(http::field::date, http_date(std::time(nullptr)));
        response.set(http::field::content_type, type);
        if (status == 308) response.set(http::field::location, "http://127.0.0.1:1/elsewhere");
        response.keep_alive(keep);
        response.body() = std::move(body);
        response.prepare_payload();
        auto [ec, size] = co_await http::async_write(stream, response, nothrow);
        co_return !ec && keep;
    }

    task<bool> raw(beast::tcp_stream& stream, std::string bytes, bool keep = false) {
        auto [ec, size] = co_await asio::async_write(stream, asio::buffer(bytes), nothrow);
        co_return !ec && keep;
    }

    task<bool> misbehave(beast::tcp_stream& stream, Fault fault, std::string body) {
        const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        switch (fault) {
            case Fault::cut:
                co_return false;
            case Fault::cut_in_body:
                co_return co_await raw(stream, head + "Content-Length: 500\r\n\r\n" + body.substr(0, 20));
            case Fault::html:
                co_return co_await answer(stream, 200, "text/html", std::string(page), true);
            case Fault::status_500:
                co_return co_await answer(stream, 500, "text/html; charset=utf-8", std::string(page), true);
            case Fault::status_503:
                co_return co_await answer(stream, 503, "text/html", std::string(page), false);
            case Fault::empty:
                co_return co_await answer(stream, 200, "application/json", "", true);
            case Fault::text_type:
                co_return co_await answer(stream, 200, "text/plain", body, true);
            case Fault::not_json:
                co_return co_await answer(stream, 200, "application/json", "{\"alerts\":[", true);
            case Fault::other_json:
                co_return co_await answer(stream, 200, "application/json", "{\"hit\":0,\"miss\":0}\n", true);
            case Fault::redirect:
                co_return co_await answer(stream, 308, "text/html", "", true);
            case Fault::huge_body:
                co_return co_await answer(stream, 200, "application/json", std::string(1 << 20, ' ') + body,
                                          true);
            case Fault::endless_body: {
                bool more = co_await raw(stream, head + "Transfer-Encoding: chunked\r\n\r\n", true);
                while (more) more = co_await raw(stream, "400\r\n" + std::string(1024, ' ') + "\r\n", true);
                co_return false;
            }
            case Fault::huge_header:
                co_return co_await raw(stream,
                                       head + "X-Padding: " + std::string(64 * 1024, 'x') + "\r\n\r\n");
            case Fault::unframed:
                co_return co_await raw(stream, head + "\r\n" + body);
            case Fault::not_http:
                co_return co_await raw(stream, "+OK POP3 server ready\r\n");
            case Fault::silence: {
                asio::steady_timer pause(io, 1h);
                co_await pause.async_wait(nothrow);
                co_return false;
            }
        }
        co_return false;
    }

    /// The body for a domain, which is seen from now on.
    std::string verdict(const std::string& domain) {
        const std::lock_guard lock(guard);
        const std::time_t now = std::time(nullptr);
        const auto [at, first] = seen.try_emplace(domain, now);
        nlohmann::json out;
        out["alerts"] = nlohmann::json::array();
        out["category"] = domain.starts_with("new")   ? "NEW"
                          : domain.starts_with("err") ? "ERROR"
                                                      : "ESTABLISHED";
        out["freq_score"] = {5.4865, 5.5522};
        out["seen_by_isc"] = "RDAP";
        constexpr std::time_t week = 7 * 86'400;
        out["seen_by_web"] =
            domain.starts_with("new") ? http_date(now - week) : std::string("Thu, 27 Aug 2009 16:51:19 GMT");
        out["seen_by_you"] = http_date(at->second + offset_hours * 3600);
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
};

FakeDomainStats::FakeDomainStats(std::uint16_t port) : server_(std::make_unique<Server>(port)) {}
FakeDomainStats::~FakeDomainStats() = default;

std::uint16_t FakeDomainStats::port() const {
    return server_->acceptor.local_endpoint().port();
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
    const std::lock_guard lock(server_->guard);
    server_->idle = idle;
}
void FakeDomainStats::fail_next(Fault fault, unsigned times) {
    const std::lock_guard lock(server_->guard);
    server_->next.insert(server_->next.end(), times, fault);
}
void FakeDomainStats::fail_always(std::optional<Fault> fault) {
    const std::lock_guard lock(server_->guard);
    server_->always = fault;
}
Counts FakeDomainStats::counts() const {
    const std::lock_guard lock(server_->guard);
    return server_->counts;
}

}  // namespace enrichd::fakes
