#include "net/lookup.hpp"

#include <netdb.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include "base/clock.hpp"

#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace enrichd {

struct Lookup::Loop {
    std::mutex guard;
    asio::io_context* io = nullptr;  // null once the Lookup is gone
};

namespace {

struct Answer {
    explicit Answer(asio::io_context& io, Clock::time_point limit) : ready(io, limit) {}
    Timer ready;
    Endpoints endpoints;
    bool came = false;
};

Endpoints blocking_lookup(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
    Endpoints found;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        if (one->ai_addrlen > endpoint.capacity()) continue;
        std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
        endpoint.resize(one->ai_addrlen);
        endpoint.port(port);
        found.push_back(endpoint);
    }
    return found;
}

}  // namespace

Lookup::Lookup(asio::io_context& io) : loop_(std::make_shared<Loop>()), io_(io) {
    loop_->io = &io;
}

Lookup::~Lookup() {
    const std::lock_guard lock(loop_->guard);
    loop_->io = nullptr;
}

task<result<Endpoints>> Lookup::resolve(std::string host, std::uint16_t port, Clock::time_point limit) {
    boost::system::error_code no_literal;
    const auto literal = asio::ip::make_address(host, no_literal);
    if (!no_literal) co_return Endpoints(1, asio::ip::tcp::endpoint(literal, port));

    // RFC 6761: always loopback. A root without /etc/hosts would ask the network.
    if (host == "localhost") {
        Endpoints loopback(1, asio::ip::tcp::endpoint(asio::ip::address_v6::loopback(), port));
        loopback.emplace_back(asio::ip::address_v4::loopback(), port);
        co_return loopback;
    }

    auto answer = std::make_shared<Answer>(io_, limit);
    auto work = [answer, host, port, loop = loop_]() mutable {
        Endpoints endpoints = blocking_lookup(host, port);
        const std::lock_guard lock(loop->guard);
        if (loop->io == nullptr) return;
        asio::post(*loop->io, [answer = std::move(answer), endpoints = std::move(endpoints)]() mutable {
            answer->endpoints = std::move(endpoints);
            answer->came = true;
            answer->ready.cancel();
        });
    };
    // Detached: it may hang in the resolver for longer than the daemon takes to end, and touches only `loop`.
    try {
        std::thread(std::move(work)).detach();
    } catch (const std::system_error&) {
        co_return errc::name_lookup;  // no thread to be had: try again later
    }
    co_await answer->ready.async_wait(nothrow);
    if (!answer->came) co_return errc::deadline;
    if (answer->endpoints.empty()) co_return errc::name_lookup;
    co_return std::move(answer->endpoints);
}

}  // namespace enrichd
