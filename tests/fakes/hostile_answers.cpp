#include "fakes/hostile_answers.hpp"

namespace enrichd::fakes {
namespace {

std::string head(const std::string& type, const std::string& more) {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n" + more + "\r\n";
}

Reply endless(const std::string& type, const std::string& begin, std::string for_ever) {
    Reply reply;
    reply.bytes = head(type, "Transfer-Encoding: chunked\r\n") + begin;
    reply.for_ever = std::move(for_ever);
    return reply;
}

}  // namespace

Reply dripping(const std::string& type, const std::string& body) {
    Reply reply = answer(200, type, body);
    reply.each_byte = std::chrono::milliseconds(50);
    return reply;
}

Reply endless_chunks(const std::string& type) {
    return endless(type, "", "400\r\n" + std::string(1024, ' ') + "\r\n");
}

Reply endless_chunk_extension(const std::string& type) {
    return endless(type, "1;", std::string(4096, 'x'));
}

Reply endless_trailer(const std::string& type) {
    return endless(type, "2\r\n{}\r\n0\r\n", "X-More: " + std::string(1024, 'x') + "\r\n");
}

Reply huge_header(const std::string& type) {
    return {head(type, "X-Padding: " + std::string(64 * 1024, 'x') + "\r\n"), false};
}

Reply gzip_bomb(const std::string& type) {
    static const std::string bomb = gzipped(std::string(64 << 20, ' '));
    return answer(200, type, bomb, "Content-Encoding: gzip\r\n");
}

Reply deep_json(const std::string& type, std::size_t lists) {
    return answer(200, type, std::string(lists, '[') + std::string(lists, ']'));
}

}  // namespace enrichd::fakes
