// The upstreams of a simulation: a Domain Stats server and OTX, which live as long as the world does and
// misbehave on command.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/fake_redis.hpp"
#include "net/connection.hpp"
#include "net/tasks.hpp"
#include "simulation/chance.hpp"

namespace enrichd::test::simulation {

enum class UpstreamFault {
    none,
    refused,   // nobody listens
    silent,    // connections are accepted, and nothing is answered
    slow,      // up to half a minute
    failing,   // status 500
    limited,   // status 429
    cut,       // the question is noted, its answer lost
    spoilt,    // no JSON
    some_cut,  // one answer in three is lost
    one_name   // silent about names in which there is a 1
};

struct Question {
    std::string host;
    std::string target;
    bool has_key = false;
};

class Network final : public SimulatedNetwork {
  public:
    static constexpr const char* domain_stats_host = "stats.internal";
    static constexpr const char* otx_host = "otx.internal";
    static constexpr const char* shared_host = "shared.internal";

    /// The state that hosts share is lost.
    void flush_shared() { redis_.flush(); }

    explicit Network(Chance& chance) : chance_(chance) {}

    task<result<std::unique_ptr<Connection>>> open(std::shared_ptr<const Route> route,
                                                   Clock::time_point limit) override;

    /// What the one at this host does from now on.
    void fault(const std::string& host, UpstreamFault fault) { faults_[host] = fault; }

    /// A process that has exited asks nothing.
    void cut_off(bool yes) { cut_off_ = yes; }

    /// Called with each question before it is answered.
    void on_question(std::function<void(const Question&)> call) { asked_ = std::move(call); }

    std::uint64_t questions() const { return questions_; }

    /// Connections that are being made to this host, and questions without an answer.
    bool on_its_way(const std::string& host) const {
        const auto at = on_their_way_.find(host);
        return at != on_their_way_.end() && at->second > 0;
    }

  private:
    class SimulatedConnection;
    class OnItsWay;
    task<result<HttpResponse>> answer(std::string host, const HttpRequest& request, Clock::time_point limit);
    task<error> ask_shared(std::string_view bytes, Clock::time_point limit, std::string& replies);
    HttpResponse good(const std::string& host, const std::string& target);
    UpstreamFault fault_of(const std::string& host, const std::string& target);
    task<error> pass(Clock::duration time, Clock::time_point limit);

    std::time_t now() const;

    Chance& chance_;
    const WallClock::time_point begun_ = WallClock::now();
    const Clock::time_point begun_at_ = Clock::now();
    std::map<std::string, UpstreamFault> faults_;
    std::map<std::string, std::time_t> seen_;  // by Domain Stats
    std::map<std::string, int> on_their_way_;
    fakes::FakeRedis redis_;
    std::function<void(const Question&)> asked_;
    std::uint64_t questions_ = 0;
    bool cut_off_ = false;
};

}  // namespace enrichd::test::simulation
