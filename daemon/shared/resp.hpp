// RESP2, the protocol of Valkey and Redis, as a client needs it: commands out, replies in. What a server may
// say is bounded, whatever it announces. https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace enrichd {

struct RedisReply {
    enum class Kind : std::uint8_t { nothing, text, number, list, failure };
    Kind kind = Kind::nothing;
    std::string text{};       // of a text; of a failure the server's words
    std::int64_t number = 0;  // of a number
    std::vector<RedisReply> list{};
    bool repeated = false;  // to a command that was sent twice, and may have been done twice

    bool is_failure() const { return kind == Kind::failure; }
};

/// Appends a command as it is sent: its name and its arguments, which may hold any bytes.
void append_command(std::string& out, std::span<const std::string> command);

/// Takes replies apart as their bytes come.
class RedisReplies {
  public:
    static constexpr std::size_t most_bytes = std::size_t{1} << 20U;  // of one reply
    static constexpr std::size_t most_items = 4'096;                  // of one list
    static constexpr int most_depth = 4;

    void add(std::string_view bytes) { bytes_.append(bytes); }

    /// The next one; nothing when more of its bytes are needed. After the error not_redis nothing that comes
    /// can be understood.
    [[nodiscard]] result<std::optional<RedisReply>> next();

    /// Nothing was begun that did not end.
    bool empty() const { return at_ == bytes_.size(); }

  private:
    std::string bytes_;
    std::size_t at_ = 0;  // behind the last reply
};

}  // namespace enrichd
