// The parts of the way of one alert, each by itself. scripts/bench runs this after the tables.
#include <benchmark/benchmark.h>

#include "asking/verdict_cache.hpp"
#include "base/units.hpp"
#include "bench/alert_maker.hpp"
#include "model/event.hpp"
#include "model/gate.hpp"
#include "model/host_name.hpp"
#include "pipeline/alert_reader.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "support/verdicts.hpp"

namespace enrichd::test {
namespace {

const Alert an_alert{"1795493062.1234", {"001", "pc-17", "10.0.0.1"}, "www.some-domain.co.uk"};

void decode(benchmark::State& state) {
    const std::string bytes = alert_for(an_alert.query);
    const AlertFields fields;
    for (auto _ : state) benchmark::DoNotOptimize(decode_alert(bytes, fields));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(decode)->Name("alert: decoding");

void hash(benchmark::State& state) {
    const std::string bytes = alert_for(an_alert.query);
    for (auto _ : state) benchmark::DoNotOptimize(content_hash(bytes, Destination::siem));
}
BENCHMARK(hash)->Name("alert: content hash");

void parse_name(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(HostName::parse(an_alert.query));
}
BENCHMARK(parse_name)->Name("host name: parsing");

void gate(benchmark::State& state) {
    const HostName name = HostName::parse(an_alert.query).value();
    const GateOptions options{{"corp.example.com"}, true};
    for (auto _ : state) benchmark::DoNotOptimize(refusal(name, options));
}
BENCHMARK(gate)->Name("host name: gate");

void find(benchmark::State& state) {
    const auto entries = static_cast<std::uint64_t>(state.range(0));
    VerdictCache<PackedVerdict> cache(CacheOptions{entries, std::size_t{1} << 32U});
    const auto now = Clock::now();
    const auto key = [](std::uint64_t number) { return "domain-number-" + std::to_string(number) + ".com"; };
    for (std::uint64_t i = 0; i < entries; ++i)
        cache.put(key(i), typical_verdict(), std::chrono::hours(24), now);
    std::uint64_t next = 0;
    for (auto _ : state) {
        next = (next + 7'919'999) % entries;
        benchmark::DoNotOptimize(cache.find(key(next), now));
    }
}
BENCHMARK(find)->Name("cache: finding one of")->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

void unpack(benchmark::State& state) {
    const PackedVerdict packed(typical_verdict());
    for (auto _ : state) benchmark::DoNotOptimize(packed.unpack());
}
BENCHMARK(unpack)->Name("verdict: unpacking");

void build_event(benchmark::State& state) {
    const DomainStatsAnswer answer{typical_verdict()};
    const EventDomain domain{"some-domain.co.uk"};
    for (auto _ : state) benchmark::DoNotOptimize(domain_stats_event(an_alert, domain, answer));
}
BENCHMARK(build_event)->Name("event: building");

void build_event_with_context(benchmark::State& state) {
    const Alert alert = decode_alert(alert_for(an_alert.query), AlertFields()).value();
    const DomainStatsAnswer answer{typical_verdict()};
    for (auto _ : state) {
        const EventDomain domain{"some-domain.co.uk", parse_http_date(answer.verdict.seen_by_web)};
        benchmark::DoNotOptimize(domain_stats_event(alert, domain, answer));
    }
}
BENCHMARK(build_event_with_context)->Name("event: building, with its context");

}  // namespace
}  // namespace enrichd::test

BENCHMARK_MAIN();
