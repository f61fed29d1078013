#include "admin/http_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "base/log.hpp"
#include "base/one_more.hpp"
#include "net/address.hpp"

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t max_connections = 16;
constexpr std::uint32_t max_header = 8 * 1024;
constexpr auto time_limit = std::chrono::seconds(5);

AdminPage ready_page(const View& view, bool verbose) {
    const auto checks = run_checks(view);
    const bool ready = overall(checks) != Health::down;
    AdminPage page{ready ? 200U : 503U, "text/plain; charset=utf-8", {}};
    for (const Check& check : checks)
        if (verbose || check.health == Health::down)
            page.body.append(check.name)
                .append(": ")
                .append(label(check.health))
                .append(check.detail.empty() ? "" : ", ")
                .append(check.detail)
                .append("\n");
    page.body.append(ready ? "ready\n" : "not ready\n");
    return page;
}

http::response<http::string_body> answer(const View& view, const http::request<http::empty_body>& request) {
    AdminPage page{405, "text/plain; charset=utf-8", "only GET and HEAD\n"};
    const bool head = request.method() == http::verb::head;
    if (head || request.method() == http::verb::get) page = admin_page(view, request.target());
    http::response<http::string_body> response(http::int_to_status(page.status), 11);
    response.set(http::field::content_type, page.content_type);
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.keep_alive(false);
    response.body() = std::move(page.body);
    response.prepare_payload();
    if (head) response.body().clear();
    return response;
}

}  // namespace

AdminPage admin_page(const View& view, std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    const std::string_view query =
        path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
    if (path == "/livez") return {200, "text/plain; charset=utf-8", "ok\n"};
    if (path == "/readyz") return ready_page(view, query.starts_with("verbose"));
    if (path == "/healthz")
        return {overall(run_checks(view)) == Health::down ? 503U : 200U, "application/json",
                health_json(view)};
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(view)};
    return {404, "text/plain; charset=utf-8", "/livez /readyz /healthz /metrics\n"};
}

result<Fd> listen_tcp(const std::string& address) {
    const auto parsed = parse_address(address);
    if (!parsed) return parsed.error();
    asio::io_context unused;
    tcp::acceptor acceptor(unused);
    boost::system::error_code ec;
    acceptor.open(parsed->protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(*parsed, ec);
    if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    if (ec) return ec;
    return Fd(acceptor.release());
}

task<void> AdminServer::listen(Fd socket) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
    tcp::acceptor acceptor(io_, name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.release());
    for (;;) {
        auto [failure, peer] = co_await acceptor.async_accept(nothrow);
        if (failure == asio::error::operation_aborted) co_return;
        if (failure) {
            log::warning("the admin side cannot accept a connection", {{"detail", failure.message()}});
            const bool slept = co_await sleep_until(Clock::now() + std::chrono::seconds(1));
            if (!slept) co_return;
        } else if (connections_ < max_connections) {
            tasks_.spawn("admin session", session(Fd(peer.release())));
        }
    }
}

task<void> AdminServer::session(Fd socket) {
    const OneMore count(connections_);
    beast::tcp_stream stream(tcp::socket(io_, tcp::v4(), socket.release()));
    stream.expires_after(time_limit);
    beast::flat_buffer buffer;
    http::request_parser<http::empty_body> parser;
    parser.header_limit(max_header);
    auto [read_error, read] = co_await http::async_read(stream, buffer, parser, nothrow);
    if (read_error) co_return;
    auto response = answer(view_, parser.get());
    auto [write_error, written] = co_await http::async_write(stream, response, nothrow);
    if (write_error) log::debug("an admin page could not be sent", {{"detail", write_error.message()}});
}

}  // namespace enrichd
