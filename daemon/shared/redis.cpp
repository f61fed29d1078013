#include "shared/redis.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "net/tasks.hpp"
#include "net/tls.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_within = 3s;
constexpr auto batch_within = 1s;  // then the connection is given up
constexpr auto retry_after = 1s;
constexpr auto background_timeout = 1s;
constexpr unsigned late_of_trouble = 3;     // in a row
constexpr unsigned most_lost_in_a_row = 2;  // then it is away
constexpr std::size_t most_waiting = 10'000;
constexpr std::size_t most_in_batch = 512;
constexpr std::size_t most_bytes_in_batch = std::size_t{512} * 1024;

/// The first word of what a server says of a failure. The others may have what was sent.
std::string_view code_of(std::string_view text) {
    const std::string_view word = text.substr(0, text.find(' ')).substr(0, 24);
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return plain ? word : "unknown";
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

/// "MOVED 3999 10.0.0.1:6381": of one server in a cluster, which another part of it is on.
std::optional<Upstream> moved_to(std::string_view text, const Upstream& from) {
    const auto host_at = text.rfind(' ');
    const auto colon = text.rfind(':');
    if (host_at == std::string_view::npos || colon == std::string_view::npos || colon < host_at)
        return std::nullopt;
    Upstream to = from;
    const std::string_view host = text.substr(host_at + 1, colon - host_at - 1);
    if (!host.empty()) to.host = host;  // none: the same as before
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return std::nullopt;
    to.port = *port;
    return to;
}

}  // namespace

/// However asking ends, nobody wakes who has left.
class Redis::Asking {
  public:
    Asking(const CallPtr& call) : call_(*call) {}  // NOLINT(google-explicit-constructor)
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() { call_.wake = nullptr; }

  private:
    Call& call_;
};

Redis::Redis(asio::io_context& io, Lookup& lookup, std::span<const std::string_view> scripts)
    : io_(io), lookup_(lookup), scripts_(scripts), news_(io, Clock::time_point::max()) {}

void Redis::configure(RedisOptions options) {
    if (options == options_ && (!route_ || !route_->tls || !route_->tls->outdated())) return;
    options_ = std::move(options);
    ++configured_;
    route_.reset();
    moved_to_.reset();
    trouble_.reset();
    news_.cancel();
}

std::optional<error> Redis::refusal(Kind kind) const {
    if (trouble_ && (kind != Kind::probe || !connected_)) return trouble_;
    if (busy_since_ && Clock::now() - *busy_since_ > options_.timeout) return errc::deadline;
    if (waiting_.size() >= most_waiting) return errc::queue_full;
    return std::nullopt;
}

task<result<RedisReply>> Redis::run(RedisCommand command, Kind kind) {
    std::string bytes;
    append_command(bytes, command);
    co_return co_await ask(std::move(bytes), kind);
}

task<result<RedisReply>> Redis::run_script(std::size_t script, std::vector<std::string> keys,
                                           std::vector<std::string> arguments, Kind kind) {
    // Before the first connection its digest is not known: the text says the same.
    const bool known = digests_.size() == scripts_.size();
    RedisCommand command{known ? "EVALSHA" : "EVAL", known ? digests_[script] : std::string(scripts_[script]),
                         std::to_string(keys.size())};
    std::move(keys.begin(), keys.end(), std::back_inserter(command));
    std::move(arguments.begin(), arguments.end(), std::back_inserter(command));
    co_return co_await run(std::move(command), kind);
}

task<result<RedisReply>> Redis::ask(std::string bytes, Kind kind) {
    if (const auto why = refusal(kind)) co_return *why;
    const Clock::time_point begun = Clock::now();
    auto executor = co_await asio::this_coro::executor;
    const Clock::duration patience =
        kind == Kind::background ? background_timeout : Clock::duration(options_.timeout);
    Timer wake(executor, begun + patience);
    const auto call = std::make_shared<Call>(Call{std::move(bytes), &wake});
    const Asking asking(call);
    waiting_.push_back(call);
    news_.cancel();
    bool cancelled = false;
    if (!call->reply) {
        auto [ec] = co_await wake.async_wait(nothrow);
        cancelled = static_cast<bool>(ec);
    }
    if (!call->reply) call->reply = error(cancelled ? errc::cancelled : errc::deadline);
    if (*call->reply) (*call->reply)->repeated = call->repeated;
    const result<RedisReply>& reply = *call->reply;
    note(reply, kind);
    if (call->sent) counts_.commands.add(reply ? std::string_view("ok") : label(reply.error()));
    if (reply) counts_.duration.observe(std::chrono::duration<double>(Clock::now() - begun).count());
    co_return std::move(*call->reply);
}

/// A probe writes, as the others do: what keeps it from that keeps them.
void Redis::note(const result<RedisReply>& reply, Kind kind) {
    if (!reply && reply.error() == errc::cancelled) return;
    if (reply && kind != Kind::background) late_in_a_row_ = 0;
    if (reply && kind == Kind::probe && trouble_) {
        log::info("the shared state server answers again", {{"server", address()}});
        trouble_.reset();
    }
    if (reply) return;
    const bool late = reply.error() == errc::deadline;
    if (late) ++late_in_a_row_;
    if ((kind == Kind::probe && !late) || late_in_a_row_ >= late_of_trouble) begin_trouble(reply.error());
}

void Redis::begin_trouble(const error& failure) {
    if (!trouble_ || *trouble_ != failure)
        log::warning("the shared state server cannot be used; until then this host decides by itself",
                     {{"server", address()}, {"reason", label(failure)}, {"detail", failure.message()}});
    trouble_ = failure;
}

task<void> Redis::serve() {
    for (;;) {
        while (!on()) co_await news_.async_wait(nothrow);
        const std::uint64_t configured = configured_;
        busy_since_ = Clock::now();
        const error failure = co_await talk();
        const bool lost = connected_ && failure == errc::cut && lost_in_a_row_++ < most_lost_in_a_row;
        disconnect();
        if (lost || configured != configured_) continue;  // what was asked is asked again
        failed(failure);
        co_await sleep_until(Clock::now() + retry_after);
    }
}

/// Until the connection is of no use any more.
task<error> Redis::talk() {
    const std::uint64_t configured = configured_;
    const error failure = co_await connect();
    if (failure) co_return failure;
    connected();
    while (configured == configured_) {
        const error ended = co_await send_batch();
        if (ended) co_return ended;
        busy_since_.reset();
        connection_->rest();
        if (waiting_.empty()) co_await news_.async_wait(nothrow);
    }
    co_return errc::cancelled;
}

void Redis::connected() {
    ++counts_.connects;
    connected_ = true;
}

void Redis::disconnect() {
    connection_.reset();
    connected_ = false;
    broken_.reset();
    replies_ = {};
    for (; !batch_.empty(); batch_.pop_back()) {
        batch_.back()->repeated = true;
        if (!batch_.back()->reply) waiting_.push_front(batch_.back());
    }
}

void Redis::failed(const error& failure) {
    lost_in_a_row_ = 0;
    begin_trouble(failure);
    moved_to_.reset();
    busy_since_.reset();
    for (; !waiting_.empty(); waiting_.pop_front()) answer(*waiting_.front(), failure);
}

void Redis::answer(Call& call, result<RedisReply> reply) {
    call.reply = std::move(reply);
    if (call.wake) call.wake->cancel();
}

/// What a reload changes is for the next connection: a new server's password must not go to the old one.
task<error> Redis::connect() {
    const Clock::time_point limit = Clock::now() + connect_within;
    const RedisOptions options = options_;
    Upstream server = moved_to_.value_or(options.upstream);
    if (!options.master.empty() && !moved_to_) {
        auto master = co_await find_master(options, limit);
        if (!master) co_return master.error();
        server = *std::move(master);
    }
    const error failure = co_await open(std::move(server), limit);
    if (failure) co_return failure;
    co_return co_await greet(options, limit);
}

task<error> Redis::open(Upstream server, Clock::time_point limit) {
    const bool same = route_ && route_->upstream == server && !(route_->tls && route_->tls->outdated());
    if (!same) {
        route_ = std::make_shared<Route>(Route{server, nullptr});
        if (server.tls) {
            auto tls = Tls::make(server.host, server.ca_file);
            if (!tls) co_return tls.error();
            route_->tls = *std::move(tls);
        }
    }
    auto connection = co_await Connection::open(io_, lookup_, route_, limit);
    if (!connection) co_return connection.error();
    connection_ = *std::move(connection);
    co_return error();
}

/// Sentinel says where the server is.
task<result<Upstream>> Redis::find_master(const RedisOptions& options, Clock::time_point limit) {
    const error failure = co_await open(options.upstream, limit);
    if (failure) co_return failure;
    std::string bytes;
    const RedisCommand command{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options.master};
    append_command(bytes, command);
    const error unwritten = co_await connection_->write(bytes, limit);
    if (unwritten) co_return unwritten;
    auto reply = co_await read_reply(limit);
    connection_.reset();
    replies_ = {};
    if (!reply) co_return reply.error();
    if (reply->is_failure()) co_return meaning_of(*reply);
    if (reply->list.size() != 2) co_return errc::redis_no_master;
    const auto port = parse_port(reply->list[1].text);
    if (!port) co_return errc::not_redis;
    Upstream server = options.upstream;
    server.host = reply->list[0].text;
    server.port = *port;
    co_return server;
}

/// Password, database and scripts. The server keeps the scripts until it ends.
task<error> Redis::greet(const RedisOptions& options, Clock::time_point limit) {
    std::vector<RedisCommand> commands;
    if (!options.password.empty()) {
        commands.push_back({"AUTH"});
        if (!options.user.empty()) commands.back().push_back(options.user);
        commands.back().push_back(options.password.reveal());
    }
    if (options.database > 0) commands.push_back({"SELECT", std::to_string(options.database)});
    for (const std::string_view script : scripts_)
        commands.push_back({"SCRIPT", "LOAD", std::string(script)});
    std::string bytes;
    for (const RedisCommand& command : commands) append_command(bytes, command);
    if (!options.password.empty()) const Secret wiped(std::move(commands.front().back()));
    const Secret wiped_at_the_end(std::move(bytes));
    const error unwritten = co_await connection_->write(wiped_at_the_end.reveal(), limit);
    if (unwritten) co_return unwritten;
    digests_.clear();
    for (const RedisCommand& command : commands) {
        auto reply = co_await read_reply(limit);
        if (!reply) co_return reply.error();
        if (reply->is_failure()) co_return meaning_of(*reply);
        if (command.front() == "SCRIPT") digests_.push_back(std::move(reply->text));
    }
    co_return error();
}

/// Asked at the same time, sent together. A reply that says that the connection is of no use ends it.
task<error> Redis::send_batch() {
    const std::string bytes = next_batch();
    if (batch_.empty()) co_return error();
    ++counts_.batches;
    busy_since_ = Clock::now();
    const Clock::time_point limit = Clock::now() + batch_within;
    error failure = co_await connection_->write(bytes, limit);
    for (std::size_t at = 0; at < batch_.size() && !failure; ++at) {
        auto reply = co_await read_reply(limit);
        if (!reply) co_return reply.error();
        if (!reply->is_failure()) {
            answer(*batch_[at], *std::move(reply));
            continue;
        }
        const error meaning = meaning_of(*reply);
        if (!broken_) answer(*batch_[at], meaning);
        if (broken_) failure = *broken_;
    }
    if (failure) co_return failure;
    if (!replies_.empty()) co_return errc::not_redis;  // more than was asked
    batch_.clear();
    lost_in_a_row_ = 0;
    co_return error();
}

/// Who has left is not asked for any more.
std::string Redis::next_batch() {
    std::string bytes;
    while (!waiting_.empty() && batch_.size() < most_in_batch && bytes.size() < most_bytes_in_batch) {
        const CallPtr call = std::move(waiting_.front());
        waiting_.pop_front();
        if (!call->wake) continue;
        call->sent = true;
        bytes.append(call->bytes);
        batch_.push_back(call);
    }
    return bytes;
}

task<result<RedisReply>> Redis::read_reply(Clock::time_point limit) {
    for (;;) {
        auto reply = replies_.next();
        if (!reply) co_return reply.error();
        if (*reply) co_return **std::move(reply);
        auto size = co_await connection_->read_some(buffer_, limit);
        if (!size) co_return size.error();
        replies_.add({buffer_.data(), *size});
    }
}

/// Sets `broken_` when another connection may do better: what was asked is asked there.
error Redis::meaning_of(const RedisReply& failure) {
    const std::string_view code = code_of(failure.text);
    if (refusals_.allows(Clock::now()))
        log::warning("the shared state server refuses a command",
                     {{"server", address()}, {"answer", code}, {"kept_back", refusals_.kept_back()}});
    if (code == "MOVED") {
        moved_to_ = moved_to(failure.text, options_.upstream);
        broken_ = errc::cut;
        return errc::cut;
    }
    if (code == "NOSCRIPT") {
        broken_ = errc::cut;
        return errc::cut;
    }
    const bool of_a_script = failure.text.find("-OOM ") != std::string::npos;  // as version 6 says it
    if (code == "OOM" || of_a_script) return errc::redis_full;
    if (code == "NOAUTH" || code == "WRONGPASS" || code == "NOPERM") return errc::redis_auth;
    if (code == "READONLY" || code == "LOADING" || code == "MASTERDOWN" || code == "CLUSTERDOWN") {
        broken_ = errc::redis_read_only;
        return errc::redis_read_only;
    }
    return errc::redis_failure;
}

}  // namespace enrichd
