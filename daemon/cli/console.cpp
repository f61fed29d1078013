#include "cli/console.hpp"

#include <netinet/in.h>
#include <openssl/rand.h>
#include <sys/socket.h>

#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/incbin.hpp"
#include "cli/control_client.hpp"
#include "cli/terminal.hpp"
#include "net/basic_auth.hpp"
#include "net/page_policy.hpp"
#include "net/tasks.hpp"

ENRICHD_INCBIN(console_page, ENRICHD_CONSOLE_PAGE);

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view json_type = "application/json";
constexpr std::size_t longest_name = 253;
constexpr std::chrono::seconds look_every{1};

/// 128 bits that nobody guesses, as hexadecimal digits.
Secret secret_of_chance() {
    std::array<unsigned char, 16> bytes{};
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : bytes) {
        out.push_back(digits[byte >> 4U]);
        out.push_back(digits[byte & 15U]);
    }
    return Secret(std::move(out));
}

/// What follows `scheme` and a blank in the header; empty when there is another.
std::string_view credentials(std::string_view authorization, std::string_view scheme) {
    if (!authorization.starts_with(scheme)) return {};
    authorization.remove_prefix(scheme.size());
    return authorization.starts_with(' ') ? authorization.substr(1) : std::string_view();
}

HttpReply refused_reply(std::string_view why) {
    return {403, json_type, Json{{"ok", false}, {"error", why}}.dump()};
}

/// The page writes other characters of a name as IDNA does.
bool may_be_name(std::string_view text) {
    constexpr std::string_view good = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
    return !text.empty() && text.size() <= longest_name &&
           text.find_first_not_of(good) == std::string_view::npos;
}

std::uint16_t port_of(const Fd& socket) {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
    return ntohs(name.sin_port);
}

task<void> end_when_idle(boost::asio::signal_set& signals, const Console& console,
                         std::chrono::milliseconds idle) {
    while (Clock::now() < console.last_use() + idle) {
        const bool slept =
            co_await sleep_until(std::min(console.last_use() + idle, Clock::now() + look_every));
        if (!slept) co_return;
    }
    signals.cancel();
}

/// After a signal, or when nobody uses it. Then nothing is left to do on the loop.
task<void> end_at_signal(boost::asio::signal_set& signals, HttpServer& server, Tasks& sessions,
                         Tasks& services) {
    [[maybe_unused]] auto [ec, number] = co_await signals.async_wait(nothrow);
    server.close();
    sessions.cancel();
    services.cancel();
}

}  // namespace

Console::Console(asio::io_context& io, std::string admin_socket)
    : blocking_(io),
      admin_socket_(std::move(admin_socket)),
      token_(secret_of_chance()),
      key_(secret_of_chance()) {}

task<HttpReply> Console::answer(HttpQuestion question) {
    constexpr std::string_view why = "/why?";
    const std::string_view target = question.target;
    if (target == "/") {
        const std::string_view page = built_in::console_page();
        static const std::string policy = page_policy(page);
        co_return HttpReply{200, "text/html; charset=utf-8", std::string(page), policy};
    }
    if (target == "/session") co_return begin_session(credentials(question.authorization, "Token"));
    if (target != "/recent" && !target.starts_with(why))
        co_return HttpReply{404, json_type, R"({"ok":false,"error":"there is no such page"})"};
    if (!let_in(credentials(question.authorization, "Bearer")))
        co_return refused_reply("this browser was not let in; run enrichd console again");
    Json asked{{"verb", "recent"}};
    if (target.starts_with(why)) {
        const std::string_view name = target.substr(why.size());
        if (!may_be_name(name))
            co_return HttpReply{400, json_type, R"({"ok":false,"error":"this is no name of a host"})"};
        asked = {{"verb", "why"}, {"name", name}};
        last_use_ = Clock::now();
    }
    std::string line = asked.dump();
    HttpReply reply = co_await ask_daemon(std::move(line));
    co_return reply;
}

HttpReply Console::begin_session(std::string_view token) {
    const bool good = same_secret(token, token_) && !token_used_ &&
                      Clock::now() < begun_ + token_is_good_for && !key_.empty();
    if (!good) {
        ++refused_;
        return refused_reply("the link is used, too old or wrong; run enrichd console again");
    }
    token_used_ = true;
    last_use_ = Clock::now();
    return {200, json_type, Json{{"ok", true}, {"key", key_.reveal()}}.dump()};
}

bool Console::let_in(std::string_view key) {
    const bool good = token_used_ && same_secret(key, key_);
    if (!good) ++refused_;
    return good;
}

/// The client waits for the answer, so it gets a thread.
task<HttpReply> Console::ask_daemon(std::string question) {
    auto work = [path = admin_socket_, line = std::move(question)] {
        ControlClient daemon(path);
        const auto found = daemon.ask(line);
        return found ? *found
                     : Json{{"ok", false}, {"error", daemon.failure()}}.dump(-1, ' ', true,
                                                                             Json::error_handler_t::replace);
    };
    result<std::string> found = co_await blocking_.run(std::move(work));
    HttpReply reply{200, json_type, {}};
    reply.body = found ? *std::move(found) : Json{{"ok", false}, {"error", found.error().message()}}.dump();
    co_return reply;
}

Report daemon_console(const Config& config, const ConsoleRequest& request, std::ostream& out) {
    ControlClient daemon(config.admin.socket);
    if (!daemon.ask(R"({"verb":"recent"})")) return {{}, {}, daemon.failure(), false};
    auto socket = listen_tcp("127.0.0.1:" + std::to_string(request.port));
    if (!socket) return {{}, {}, "cannot listen on 127.0.0.1: " + socket.error().message(), false};
    const std::string port = std::to_string(port_of(*socket));

    asio::io_context io;
    Console console(io, config.admin.socket);
    if (console.token().empty()) return {{}, {}, "no random numbers are to be had for the link", false};
    Tasks sessions(io);
    Tasks services(io);
    HttpServer server(io, sessions, console, {.name = "console"});
    services.spawn("console", server.listen(*std::move(socket)));
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    services.spawn("console", end_when_idle(signals, console, request.idle));
    services.spawn("console", end_at_signal(signals, server, sessions, services));
    out << "Open this link in a browser on this machine. It opens once, within "
        << Console::token_is_good_for.count() << " minutes:\n\n    http://127.0.0.1:" << port << "/#"
        << console.token() << "\n\nFrom another machine, first: ssh -L " << port << ":127.0.0.1:" << port
        << " HOST\nIt ends with Ctrl-C, and "
        << std::chrono::floor<std::chrono::minutes>(request.idle).count()
        << " minutes after the last look-up." << std::endl;
    io.run();
    std::string last = "the console has ended\n";
    if (console.refused() > 0)
        last += counted(console.refused(), "request") + (console.refused() == 1 ? " was" : " were") +
                " refused: the token or key was wrong, used or too old\n";
    return {R"({"ended":true})"
            "\n",
            last,
            {},
            true};
}

}  // namespace enrichd
