// What anybody may send to the HTTP interface of Domain Stats, through a real socket and a real loop.
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "fuzz.hpp"
#include "services/domain_stats_http/domain_stats_server.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::fuzz {
namespace {

namespace http = boost::beast::http;

/// Has a verdict on every name at once.
class Sage final : public Provider {
  public:
    task<result<DomainStatsAnswer>> ask(const HostName& name, Ticket& ticket) override {
        require(!name.registrable().empty());
        ticket.asked.first = wall_seconds(WallClock::now());
        ++ticket.asked.times;
        DomainStatsAnswer answer;
        answer.verdict.category = "ESTABLISHED";
        answer.first_contact = true;
        co_return answer;
    }
    task<result<void>> probe() override { co_return result<void>(); }
};

/// All that stands behind the interface.
class Front {
  public:
    Front() {
        // A path of its own that the kernel gives, for as long as it is open.
        Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        name_.sun_family = AF_UNIX;
        require(::bind(listening.get(), address(), sizeof name_.sun_family) == 0);
        require(::listen(listening.get(), 8) == 0);
        name_size_ = sizeof name_;
        require(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&name_), &name_size_) == 0);
        require(!test::run(io_, domains_.load()));
        services_.spawn("fuzzed server", server_.listen(std::move(listening)));
    }

    /// What comes back when it was sent and no more will be; until the next.
    std::string_view answer_to(std::string_view bytes) {
        const Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        require(::connect(client.get(), address(), name_size_) == 0);
        require(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
        require(::shutdown(client.get(), SHUT_WR) == 0);
        io_.restart();
        while (sessions_.running() == 0) io_.run_one();
        while (sessions_.running() > 0) io_.run_one();
        require(sessions_.failures() + services_.failures() == 0);
        const ssize_t size = ::recv(client.get(), answer_.data(), answer_.size(), MSG_DONTWAIT);
        require(size < static_cast<ssize_t>(answer_.size()));
        return {answer_.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    }
    const HttpServerCounts& counts() const { return server_.counts(); }

  private:
    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&name_); }

    sockaddr_un name_{};
    socklen_t name_size_ = 0;
    std::array<char, std::size_t{64} * 1024> answer_{};
    asio::io_context io_;
    Tasks sessions_{io_};
    Tasks services_{io_};
    test::TempDir state_;
    Database database_{io_, {state_ / "enrichd.db"}};
    Domains domains_{database_, 1000};
    Sage sage_;
    VerdictCache<PackedVerdict> cache_{CacheOptions{}};
    Verdicts verdicts_{io_, services_, cache_, sage_, VerdictsOptions{}};
    DomainStatsServer service_{verdicts_, domains_, GateOptions{{"corp.acme.com"}}, [] {
                                   return DomainStatsServer::Stats{1, 2, 3, 4, 5};
                               }};
    HttpServer server_{io_, sessions_, service_, {"fuzzed server"}};
};

bool expected(unsigned status) {
    return status == 200 || status == 400 || status == 404 || status == 405;
}

/// Takes one answer from the front of what came.
void take_answer(std::string_view& bytes) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    boost::system::error_code ec;
    bytes.remove_prefix(parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec));
    require(!ec && parser.is_done());
    const auto& answer = parser.get();
    require(expected(answer.result_int()));
    require(answer[http::field::server] == "enrichd" && answer.has_content_length());
    require(answer[http::field::content_type] != "application/json" || nlohmann::json::accept(answer.body()));
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    static fuzz::Front front;
    const std::string_view bytes = fuzz::input(data, size);
    const std::uint64_t before = front.counts().requests;
    const std::string_view answer = front.answer_to(bytes);
    const std::uint64_t requests = front.counts().requests - before;
    fuzz::require((requests > 0) == answer.starts_with("HTTP/1."));
    if (bytes.find("HEAD ") != std::string_view::npos) return 0;  // its answers have no bodies
    std::string_view rest = answer;
    for (std::uint64_t i = 0; i < requests; ++i) fuzz::take_answer(rest);
    fuzz::require(rest.empty());
    return 0;
}
