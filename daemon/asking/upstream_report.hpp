// What the reports of all upstreams have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/reporting.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"

namespace enrichd::upstream_report {

struct CacheFigures {
    std::size_t entries = 0;
    std::size_t limit = 0;
    std::size_t bytes = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evicted = 0;  // to make room
    std::uint64_t expired = 0;
};

template <class Cache>
CacheFigures figures(const Cache& of) {
    return {of.size(), of.options().entries, of.bytes(), of.hits(), of.misses(), of.evicted(), of.expired()};
}

void add_cache(Metrics& metrics, const std::string& provider, const CacheFigures& of,
               std::uint64_t coalesced);
void add_cache(StatusJson& status, const std::string& provider, const CacheFigures& of);

void add_requests(Metrics& metrics, const std::string& provider, const Counters& requests,
                  const Histogram& duration);

/// `paused`: only probes are sent.
void add_questions(Metrics& metrics, const std::string& provider, bool paused, std::size_t questions);
void add_operators_pause(Metrics& metrics, const std::string& provider, bool paused);

void add_in_flight(Metrics& metrics, const std::string& provider, std::size_t count);

/// Of the pool of connections.
void add_pool(Metrics& metrics, const std::string& provider, const HttpClient& http);
void add_pool(StatusJson& upstream, const HttpClient& http);

/// How old a verdict in a cache is, and for how long it is good.
void add_life(StatusJson& verdict, Clock::time_point since, Clock::time_point expires, Clock::time_point now);

/// Their number, and for how long the oldest waits.
void add_open_questions(StatusJson& upstream, std::size_t count, Clock::duration oldest);

template <class Asker>
void add_open_questions(StatusJson& upstream, const Asker& asker) {
    const auto oldest = asker.oldest(1);
    add_open_questions(upstream, asker.questions(), oldest.empty() ? Clock::duration() : oldest.front().age);
}

/// One of the status' list of upstreams.
StatusJson upstream(const std::string& provider, const Counters& requests, const Histogram& duration,
                    const std::optional<error>& trouble);

}  // namespace enrichd::upstream_report
