#include "net/address.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

namespace enrichd {

result<boost::asio::ip::tcp::endpoint> parse_address(std::string_view text) {
    const error invalid(EINVAL, boost::system::system_category());
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return invalid;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);

    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data() + colon + 1, end, port);
    if (number.ec != std::errc{} || number.ptr != end) return invalid;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(std::string(host), ec);
    if (ec || address.is_v6() != bracketed) return invalid;
    return boost::asio::ip::tcp::endpoint(address, port);
}

}  // namespace enrichd
