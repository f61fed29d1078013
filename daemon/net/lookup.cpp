#include "net/lookup.hpp"

#include <netdb.h>
#include <boost/asio/ip/address.hpp>

#include <cstring>
#include <memory>
#include <utility>

namespace enrichd {
namespace {

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

    auto look = [host, port] { return blocking_lookup(host, port); };
    auto found = co_await blocking_.run(std::move(look), limit);
    if (!found && found.error() == errc::deadline) co_return errc::deadline;
    if (!found || found->empty()) co_return errc::name_lookup;  // without a thread too: try again later
    co_return std::move(*found);
}

}  // namespace enrichd
