// The HTTP interface of Domain Stats, for those who ask one: `GET /<name>` and `/stats`. Its answers come
// from where those for alerts come from: one cache, one question a domain, one first contact for all.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "base/counters.hpp"
#include "model/gate.hpp"
#include "net/http_server.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "store/domains.hpp"

namespace enrichd {

class DomainStatsServer final : public HttpService {
  public:
    /// Beside answers: what /stats says.
    struct Stats {
        std::uint64_t hit = 0;
        std::uint64_t miss = 0;
        std::uint64_t rdap_good = 0;
        std::uint64_t rdap_fail = 0;
        std::size_t size = 0;  // bytes of the cache
    };

    DomainStatsServer(Verdicts& verdicts, Domains& domains, GateOptions gate, std::function<Stats()> stats)
        : verdicts_(verdicts), domains_(domains), gate_(std::move(gate)), stats_(std::move(stats)) {}

    void configure(GateOptions gate) { gate_ = std::move(gate); }

    /// 200 with an answer as Domain Stats words it; also for what is no domain, or must not be looked up. 404
    /// for no name or one with a `/`; 503 while there can be no answer, or when there was none within 30 s. A
    /// first contact is recorded as reported before it is sent, unless the client has left.
    task<HttpReply> answer(HttpQuestion question) override;

    /// Requests by how they ended: hit, miss, refused, stats, not_found, failed.
    const Counters& requests() const { return requests_; }

  private:
    task<HttpReply> ask(HostName name, HttpQuestion question);
    HttpReply ended(std::string_view how, HttpReply reply);

    Verdicts& verdicts_;
    Domains& domains_;
    GateOptions gate_;
    std::function<Stats()> stats_;
    Counters requests_;
};

}  // namespace enrichd
