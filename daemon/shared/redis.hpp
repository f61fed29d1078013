// A client of Valkey or Redis. Commands that are asked at the same time go out together, over one connection
// that is made again when it is lost. Nobody waits for longer than the time-out: while the server is away or
// slow, a command fails at once.
#pragma once

#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "net/connection.hpp"
#include "net/lookup.hpp"
#include "shared/resp.hpp"

namespace enrichd {

struct RedisOptions {
    Upstream upstream;   // host empty: off
    std::string master;  // the upstream is Sentinel, which knows where the server of this name is
    std::string user;    // empty: the default user
    Secret password;     // empty: none is sent
    unsigned database = 0;
    std::chrono::milliseconds timeout{50};
    bool operator==(const RedisOptions&) const = default;
};

struct RedisCounts {
    Counters commands;   // by outcome: "ok" or an error's label
    Histogram duration;  // of those that were answered
    std::uint64_t connects = 0;
    std::uint64_t batches = 0;
};

using RedisCommand = std::vector<std::string>;

class Redis {
  public:
    /// `scripts`: in Lua, called by their place in it. They live for ever.
    Redis(asio::io_context& io, Lookup& lookup, std::span<const std::string_view> scripts);

    /// Another server, or none, from now on.
    void configure(RedisOptions options);
    bool on() const { return !options_.upstream.host.empty(); }

    /// Keeps the connection and sends what is asked, until it is cancelled.
    task<void> serve();

    /// How long a command waits, and whether it is sent although others were not answered.
    enum class Kind : std::uint8_t {
        alert,       // for options.timeout; not at all while there is trouble
        background,  // for a second; not at all while there is trouble
        probe        // for options.timeout: finds out whether the trouble is over
    };

    /// Waits for the reply. After the error `deadline` the command may have been
    /// done. Errors: those of Connection, deadline, cancelled; queue_full; not_redis, redis_auth, redis_full,
    /// redis_read_only, redis_failure.
    task<result<RedisReply>> run(RedisCommand command, Kind kind = Kind::alert);

    /// The same of a script: its place, its keys, its arguments. All keys are in one slot.
    task<result<RedisReply>> run_script(std::size_t script, std::vector<std::string> keys,
                                        std::vector<std::string> arguments, Kind kind = Kind::alert);

    /// Why commands fail, or nothing: there is no connection, the probe was refused, or several in a row were
    /// too late. Cleared by a probe that is answered in time.
    const std::optional<error>& trouble() const { return trouble_; }
    bool is_connected() const { return connected_; }
    std::size_t waiting() const { return waiting_.size(); }
    std::string address() const { return authority(options_.upstream.host, options_.upstream.port); }
    const RedisCounts& counts() const { return counts_; }

  private:
    struct Call {
        std::string bytes;
        Timer* wake;  // null: who asked has left
        bool sent = false;
        bool repeated = false;
        std::optional<result<RedisReply>> reply{};
    };
    using CallPtr = std::shared_ptr<Call>;
    class Asking;

    task<result<RedisReply>> ask(std::string bytes, Kind kind);
    std::optional<error> refusal(Kind kind) const;
    task<error> talk();
    task<error> connect();
    task<error> open(Upstream server, Clock::time_point limit);
    task<result<Upstream>> find_master(const RedisOptions& options, Clock::time_point limit);
    task<error> greet(const RedisOptions& options, Clock::time_point limit);
    task<error> send_batch();
    std::string next_batch();
    task<result<RedisReply>> read_reply(Clock::time_point limit);
    void note(const result<RedisReply>& reply, Kind kind);
    void begin_trouble(const error& failure);
    void connected();
    void disconnect();
    void failed(const error& failure);
    static void answer(Call& call, result<RedisReply> reply);
    error meaning_of(const RedisReply& failure);

    asio::io_context& io_;
    Lookup& lookup_;
    const std::span<const std::string_view> scripts_;
    std::vector<std::string> digests_;  // of the scripts, by the server
    RedisOptions options_;
    std::uint64_t configured_ = 0;  // how often
    std::shared_ptr<Route> route_;
    std::unique_ptr<Connection> connection_;
    RedisReplies replies_;
    std::array<char, 16 * 1024> buffer_{};
    std::deque<CallPtr> waiting_;
    std::vector<CallPtr> batch_;                   // on the wire
    std::optional<Clock::time_point> busy_since_;  // connecting, or waiting for the replies of a batch
    std::optional<Upstream> moved_to_;             // the server says so
    std::optional<error> broken_;                  // a reply says that this connection is of no use
    std::optional<error> trouble_;
    unsigned late_in_a_row_ = 0;
    bool connected_ = false;
    unsigned lost_in_a_row_ = 0;  // connections, without a batch that was answered
    Timer news_;                  // cancelled when there is something to send, or another server
    log::Limit refusals_;
    RedisCounts counts_;
};

}  // namespace enrichd
