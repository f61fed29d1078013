// What a Valkey or Redis server says, whole and in pieces.
#include "fuzz.hpp"
#include "shared/resp.hpp"
#include "stages/domain_stats/embedded/shared_ages.hpp"

namespace enrichd::fuzz {
namespace {

std::string as_text(const RedisReply& reply, int depth) {
    require(depth <= RedisReplies::most_depth);
    require(reply.list.size() <= RedisReplies::most_items);
    require(reply.text.size() <= RedisReplies::most_bytes + 2);
    std::string out =
        std::to_string(static_cast<int>(reply.kind)) + ":" + std::to_string(reply.number) + ":" + reply.text;
    for (const RedisReply& one : reply.list) out.append("(").append(as_text(one, depth + 1)).append(")");
    // Whatever stands at a key, an age is one of a calendar.
    if (const auto age = rdap_answer_of(reply.text); age && age->registration)
        require(rdap_answer_of(to_shared_record(*age))->registration == age->registration);
    return out;
}

/// All replies, as one text; ends with "!" when it is none.
std::string read_all(RedisReplies& replies) {
    std::string out;
    for (;;) {
        auto reply = replies.next();
        if (!reply) return out + "!";
        if (!*reply) return out;
        out.append(as_text(**reply, 0)).append("\n");
    }
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    const std::string_view bytes = fuzz::input(data, size);
    RedisReplies whole;
    whole.add(bytes);
    const std::string at_once = fuzz::read_all(whole);
    RedisReplies pieces;
    std::string in_pieces;
    for (const char byte : bytes) {
        pieces.add({&byte, 1});
        in_pieces += fuzz::read_all(pieces);
        if (in_pieces.ends_with('!')) break;
    }
    fuzz::require(in_pieces == at_once);
    return 0;
}
