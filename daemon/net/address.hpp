// "ADDRESS:PORT" as people write it.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <string_view>

#include "base/result.hpp"

namespace enrichd {

/// "127.0.0.1:9466" or "[::1]:9466": a literal address and a port. Errors: the system's invalid_argument.
[[nodiscard]] result<boost::asio::ip::tcp::endpoint> parse_address(std::string_view text);

}  // namespace enrichd
