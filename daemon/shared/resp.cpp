#include "shared/resp.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace enrichd {
namespace {

constexpr std::string_view line_end = "\r\n";

/// Why a reply could not be read to its end.
enum class Stop : std::uint8_t { none, needs_more, wrong };

/// Over what has come, from the beginning of a reply.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    RedisReply reply(int depth) {
        const std::string_view head = line();
        if (stop_ != Stop::none) return {};
        if (head.empty()) return wrong();
        const std::string_view rest = head.substr(1);
        switch (head.front()) {
            case '+':
                return {RedisReply::Kind::text, std::string(rest)};
            case '-':
                return {RedisReply::Kind::failure, std::string(rest)};
            case ':':
                return {RedisReply::Kind::number, {}, number(rest)};
            case '$':
                return bulk(number(rest));
            case '*':
                return list(number(rest), depth);
            default:
                return wrong();
        }
    }

    Stop stop() const { return stop_; }
    std::size_t at() const { return at_; }

  private:
    RedisReply wrong() {
        stop_ = Stop::wrong;
        return {};
    }

    std::string_view line() {
        const std::size_t end = bytes_.find(line_end, at_);
        if (end == std::string_view::npos) {
            stop_ = Stop::needs_more;
            return {};
        }
        const std::string_view found = bytes_.substr(at_, end - at_);
        at_ = end + line_end.size();
        return found;
    }

    std::int64_t number(std::string_view text) {
        std::int64_t value = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failure != std::errc() || end != text.data() + text.size()) stop_ = Stop::wrong;
        return value;
    }

    RedisReply bulk(std::int64_t size) {
        if (stop_ != Stop::none || size == -1) return {};
        if (size < 0 || size > static_cast<std::int64_t>(RedisReplies::most_bytes)) return wrong();
        const auto length = static_cast<std::size_t>(size);
        if (bytes_.size() - at_ < length + line_end.size()) {
            stop_ = Stop::needs_more;
            return {};
        }
        RedisReply reply{RedisReply::Kind::text, std::string(bytes_.substr(at_, length))};
        if (bytes_.substr(at_ + length, line_end.size()) != line_end) return wrong();
        at_ += length + line_end.size();
        return reply;
    }

    RedisReply list(std::int64_t count, int depth) {
        if (stop_ != Stop::none || count == -1) return {};
        if (count < 0 || count > static_cast<std::int64_t>(RedisReplies::most_items) || depth == 0)
            return wrong();
        RedisReply reply{RedisReply::Kind::list};
        for (std::int64_t i = 0; i < count && stop_ == Stop::none; ++i)
            reply.list.push_back(this->reply(depth - 1));
        return reply;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    Stop stop_ = Stop::none;
};

}  // namespace

void append_command(std::string& out, std::span<const std::string> command) {
    out.append("*").append(std::to_string(command.size())).append(line_end);
    for (const std::string& argument : command)
        out.append("$")
            .append(std::to_string(argument.size()))
            .append(line_end)
            .append(argument)
            .append(line_end);
}

result<std::optional<RedisReply>> RedisReplies::next() {
    Reader reader(std::string_view(bytes_).substr(at_));
    RedisReply reply = reader.reply(most_depth);
    if (reader.stop() == Stop::wrong) return errc::not_redis;
    if (reader.stop() == Stop::needs_more) {
        if (bytes_.size() - at_ > most_bytes) return errc::not_redis;
        bytes_.erase(0, std::exchange(at_, 0));
        return std::optional<RedisReply>();
    }
    at_ += reader.at();
    return std::optional(std::move(reply));
}

}  // namespace enrichd
