// A client of the HTTP interface of Domain Stats that keeps its connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <string>

namespace enrichd::test {

class KeptClient {
  public:
    explicit KeptClient(std::uint16_t port) {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    }

    /// The body of the answer.
    std::string get(const std::string& target) {
        namespace asio = boost::asio;
        asio::write(socket_, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"));
        const std::size_t head = asio::read_until(socket_, asio::dynamic_buffer(buffer_), "\r\n\r\n");
        const std::string header = buffer_.substr(0, head);
        const std::size_t length = std::stoul(header.substr(header.find("Content-Length: ") + 16));
        if (buffer_.size() < head + length)
            asio::read(socket_, asio::dynamic_buffer(buffer_),
                       asio::transfer_exactly(head + length - buffer_.size()));
        std::string body = buffer_.substr(head, length);
        buffer_.erase(0, head + length);
        return body;
    }

  private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_{io_};
    std::string buffer_;
};

}  // namespace enrichd::test
