#include "simulation/network.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/http_server.hpp"

namespace enrichd::test::simulation {

using namespace std::chrono_literals;

namespace {

HttpResponse answered(unsigned status, std::string body, std::time_t now) {
    HttpResponse out;
    out.status = status;
    out.content_type = "application/json";
    out.date = fakes::http_date(now);
    out.body = std::move(body);
    return out;
}

/// As the clients of stages/otx understand it; a name that begins with "bad" is in a pulse.
std::string pulses(const std::string& target) {
    if (target.find("/bad") == std::string::npos) return R"({"pulse_info":{"count":0,"pulses":[]}})";
    return R"({"pulse_info":{"count":1,"pulses":[{"id":"p1","name":"pulse","author":{"username":"AlienVault"}}]}})";
}

}  // namespace

class Network::SimulatedConnection final : public Connection {
  public:
    SimulatedConnection(Network& all, std::shared_ptr<const Route> way)
        : Connection(std::move(way)), all_(all) {}

    task<result<HttpResponse>> exchange(const HttpRequest& request, Clock::time_point limit) override {
        answer_began = false;
        auto answer = co_await all_.answer(route->upstream.host, request, limit);
        reusable = answer.has_value();
        used = used || reusable;
        co_return answer;
    }
    task<error> write(std::string_view bytes, Clock::time_point limit) override {
        co_return co_await all_.ask_shared(bytes, limit, unread_);
    }
    task<result<std::size_t>> read_some(std::span<char> into, Clock::time_point limit) override {
        if (unread_.empty()) {  // nothing more will come
            const error failure = co_await all_.pass(24h, limit);
            co_return failure;
        }
        const std::size_t size = std::min<std::size_t>(into.size(), 1 + all_.chance_.below(unread_.size()));
        std::copy_n(unread_.begin(), size, into.begin());
        unread_.erase(0, size);
        co_return size;
    }
    bool stale() override { return all_.chance_.one_in(20); }
    void rest() override {}

  private:
    Network& all_;
    std::string unread_;
};

class Network::OnItsWay {
  public:
    OnItsWay(Network& all, const std::string& host) : count_(all.on_their_way_[host]) { ++count_; }
    OnItsWay(const OnItsWay&) = delete;
    OnItsWay& operator=(const OnItsWay&) = delete;
    ~OnItsWay() { --count_; }

  private:
    int& count_;
};

/// Time passes. The error when the caller was cancelled, or its limit came.
task<error> Network::pass(Clock::duration time, Clock::time_point limit) {
    const Clock::time_point end = Clock::now() + time;
    const bool slept = co_await sleep_until(std::min(end, limit));
    if (!slept) co_return errc::cancelled;
    if (end > limit) co_return errc::deadline;
    co_return error();
}

task<result<std::unique_ptr<Connection>>> Network::open(std::shared_ptr<const Route> route,
                                                        Clock::time_point limit) {
    if (cut_off_) co_return errc::unreachable;
    const OnItsWay counted(*this, route->upstream.host);
    // Now and then a packet is lost, and sent again after a second or more.
    const auto takes = 1ms * static_cast<int>(chance_.below(chance_.one_in(8) ? 4'000 : 4));
    const error failure = co_await pass(takes, limit);
    if (failure) co_return failure;
    if (faults_[route->upstream.host] == UpstreamFault::refused) co_return errc::refused;
    std::unique_ptr<Connection> made = std::make_unique<SimulatedConnection>(*this, std::move(route));
    co_return std::move(made);
}

UpstreamFault Network::fault_of(const std::string& host, const std::string& target) {
    const UpstreamFault fault = faults_[host];
    if (fault == UpstreamFault::one_name)
        return target.find('1', target.rfind("/api/v1") == 0 ? 7 : 0) != std::string::npos
                   ? UpstreamFault::silent
                   : UpstreamFault::none;
    if (fault == UpstreamFault::some_cut) return chance_.one_in(3) ? UpstreamFault::cut : UpstreamFault::none;
    return fault;
}

task<result<HttpResponse>> Network::answer(std::string host, const HttpRequest& request,
                                           Clock::time_point limit) {
    if (cut_off_) co_return errc::cut;
    const OnItsWay counted(*this, host);
    const std::string target = request.call.target;
    ++questions_;
    Question question{host, target};
    question.has_key = !request.headers.empty();
    if (asked_) asked_(question);
    const UpstreamFault fault = fault_of(host, target);
    if (fault == UpstreamFault::refused) co_return errc::cut;  // it has gone meanwhile
    HttpResponse response = good(host, target);
    const auto takes = fault == UpstreamFault::silent ? 24h
                       : fault == UpstreamFault::slow ? 1ms * static_cast<int>(chance_.below(30'000))
                                                      : 1ms * static_cast<int>(chance_.below(40));
    const error failure = co_await pass(takes, limit);
    if (failure) co_return failure;
    if (cut_off_) co_return errc::cut;
    if (fault == UpstreamFault::cut) co_return errc::cut;
    if (fault == UpstreamFault::failing) response = answered(500, "{}", now());
    if (fault == UpstreamFault::limited) response = answered(429, "{}", now());
    if (fault == UpstreamFault::spoilt) response.body = "<html>" + response.body;
    co_return response;
}

/// Commands to the shared state server; what it says to them is appended to `replies`.
task<error> Network::ask_shared(std::string_view bytes, Clock::time_point limit, std::string& replies) {
    const UpstreamFault fault = fault_of(shared_host, {});
    if (cut_off_ || fault == UpstreamFault::refused) co_return errc::cut;
    RedisReplies commands;
    commands.add(bytes);
    std::string out;
    while (const auto command = commands.next().value()) {
        const bool refused = fault == UpstreamFault::failing || fault == UpstreamFault::limited;
        if (!refused) out += redis_.answer(*command);
        if (refused) out += fault == UpstreamFault::failing ? "-ERR no\r\n" : "-OOM no\r\n";
    }
    const auto takes = fault == UpstreamFault::silent ? 24h
                       : fault == UpstreamFault::slow ? 1ms * static_cast<int>(chance_.below(3'000))
                                                      : 1ms * static_cast<int>(chance_.below(4));
    const error failure = co_await pass(takes, limit);
    if (failure) co_return failure;
    if (cut_off_ || fault == UpstreamFault::cut) co_return errc::cut;
    if (fault == UpstreamFault::spoilt) out = "<html>\r\n" + out;
    replies += out;
    co_return error();
}

/// Of the servers' clocks, which nobody sets.
std::time_t Network::now() const {
    return std::chrono::floor<std::chrono::seconds>(begun_ + (Clock::now() - begun_at_))
        .time_since_epoch()
        .count();
}

HttpResponse Network::good(const std::string& host, const std::string& target) {
    if (host == otx_host) return answered(200, pulses(target), now());
    const std::string domain = target.substr(1);
    const auto [at, is_new] = seen_.try_emplace(domain, now());
    return answered(200, fakes::domain_stats_verdict(domain, now(), at->second, is_new, 0), now());
}

}  // namespace enrichd::test::simulation
