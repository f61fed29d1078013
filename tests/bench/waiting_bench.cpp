// What it costs that an alert has to wait: the journal, and OTX.
#include <array>
#include <fstream>
#include <optional>

#include "bench/alert_maker.hpp"
#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_otx.hpp"
#include "net/http_client.hpp"
#include "pipeline/pipeline.hpp"
#include "stages/domain_stats/domain_check.hpp"
#include "stages/domain_stats/domain_stats.hpp"
#include "support/daemon_under_test.hpp"
#include "support/run.hpp"
#include "support/sender.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

/// Counts the events in a daemon's file as they are appended: asking the daemon would cost it time.
class EventCount {
  public:
    explicit EventCount(const DaemonUnderTest& daemon) : path_(daemon.home() / "events.jsonl") {}
    std::size_t now() {
        if (!file_.is_open()) file_.open(path_, std::ios::binary);
        file_.clear();
        for (int size = 1; size > 0; size = static_cast<int>(file_.gcount())) {
            file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
            count_ +=
                static_cast<std::size_t>(std::count(buffer_.begin(), buffer_.begin() + file_.gcount(), '\n'));
        }
        return count_;
    }

  private:
    std::string path_;
    std::ifstream file_;
    std::array<char, 65'536> buffer_{};
    std::size_t count_ = 0;
};

/// Seconds from the first of `count` new suspicious domains to the last of their events.
double tell_new_domains(DaemonUnderTest& daemon, EventCount& events, int from, int count) {
    const std::size_t before = events.now();
    const auto start = BenchClock::now();
    for (int i = from; i < from + count; ++i)
        if (!hand_over(daemon.socket(), alert_for("www.new-number-" + std::to_string(i) + ".com"),
                       1'000'000'000ULL + static_cast<std::uint64_t>(i)))
            give_up("an alert was not taken");
    if (!eventually([&] { return events.now() >= before + static_cast<std::size_t>(count); },
                    std::chrono::minutes(1)))
        give_up("alerts were not told");
    return std::chrono::duration<double>(BenchClock::now() - start).count();
}

/// `delay` is Domain Stats' own for each answer, on eight connections.
void measure_silent_otx(const char* server, std::chrono::milliseconds delay) {
    constexpr int batches = 30;
    constexpr int batch = 500;  // in all fewer than may wait for OTX
    const TempDir dir;
    enrichd::fakes::FakeOtx otx;
    otx.fail_always(enrichd::fakes::OtxFault::silence);
    enrichd::fakes::FakeDomainStats server_without;
    enrichd::fakes::FakeDomainStats server_with;
    server_without.delay(delay);
    server_with.delay(delay);
    DaemonUnderTest without(server_without.url());
    DaemonUnderTest with(server_with.url(), otx.section(dir.path()));
    without.start();
    with.start();
    EventCount without_events(without);
    EventCount with_events(with);
    const long idle = resident_kilobytes(with.process().pid());
    std::vector<double> without_rates;
    std::vector<double> with_rates;
    std::vector<double> ratios;
    for (int i = 0; i < batches; ++i) {
        without_rates.push_back(batch / tell_new_domains(without, without_events, i * batch, batch));
        with_rates.push_back(batch / tell_new_domains(with, with_events, i * batch, batch));
        ratios.push_back(with_rates.back() / without_rates.back());
    }
    const auto cpu_each = [](DaemonUnderTest& daemon) {
        return cpu_seconds(daemon.process().pid()) / batches / batch * 1e6;
    };
    const auto memory_since = [](DaemonUnderTest& daemon, long before) {
        return megabytes(static_cast<double>(resident_kilobytes(daemon.process().pid()) - before));
    };
    row(std::string("new domains told, ") + server + ", OTX off; memory of 15,000",
        text("%.0f domains/s", median(without_rates)), {0, cpu_each(without), memory_since(without, idle)});
    row("the same while OTX never answers, in turn with it", text("%.0f domains/s", median(with_rates)),
        {median(ratios), cpu_each(with), memory_since(with, idle)});
}

/// Counts events and throws them away.
class Nowhere final : public Sink {
  public:
    std::vector<Undelivered> deliver(Event) override {
        ++events;
        return {};
    }
    std::size_t copies(const Event&) const override { return 1; }
    bool deliver_or_refuse(const Event&) override {
        ++events;
        return true;
    }
    std::size_t events = 0;
};

/// The miss path in this process, with a state file or without: everything but the intake's socket.
class MissPath {
  public:
    MissPath(const fakes::FakeDomainStats& server, const TempDir* state, bool full_sync) {
        HttpClientOptions http;
        http.upstream.host = "127.0.0.1";
        http.upstream.port = server.port();
        http.connections = 8;
        http_.emplace(io_, lookup_, http);
        domain_stats_.emplace(*http_, DomainStatsOptions{});
        verdicts_.emplace(io_, tasks_, cache_, *domain_stats_, VerdictsOptions{});
        domain_check_.emplace(*verdicts_, pipeline_);
        pipeline_.add(*domain_check_);
        if (!state) return;
        database_.emplace(io_, DatabaseOptions{*state / "enrichd.db", full_sync});
        outbox_.emplace(*database_);
        journal_.emplace(*database_, *outbox_, 1'000'000);
        if (!enrichd::test::run(io_, journal_->load())) std::abort();
        pipeline_.keep_in(*journal_);
    }
    /// Seconds from the first of `count` new domains to the end of all their alerts, 64 at a time as the
    /// intake has connections.
    double run(const std::string& kind, int from, int count) {
        next_ = from;
        const int end = from + count;
        const auto start = BenchClock::now();
        for (int i = 0; i < 64; ++i) tasks_.spawn("caller", caller(kind, end));
        enrichd::test::run(io_, tasks_.drained(Clock::now() + std::chrono::minutes(5)));
        return std::chrono::duration<double>(BenchClock::now() - start).count();
    }

  private:
    task<void> caller(std::string kind, int end) {
        while (next_ < end) {
            const std::string number = std::to_string(next_++);
            const std::string name = std::string("www.new-").append(kind).append(number).append(".com");
            Job job{{number, {"001", "pc-17", "10.0.0.1"}, name}, Clock::now()};
            const bool done = co_await pipeline_.run(job);
            if (!done) std::abort();
        }
    }

    asio::io_context io_{1};
    Tasks tasks_{io_};
    Lookup lookup_{io_};
    VerdictCache<PackedVerdict> cache_{CacheOptions{}};
    std::optional<HttpClient> http_;
    std::optional<DomainStats> domain_stats_;
    std::optional<Verdicts> verdicts_;
    Nowhere sink_;
    Pipeline pipeline_{sink_};
    std::optional<DomainCheck> domain_check_;
    std::optional<Database> database_;
    std::optional<Outbox> outbox_;
    std::optional<Journal> journal_;
    int next_ = 0;
};

void measure_journal(const char* server_is, std::chrono::milliseconds delay, int batch) {
    constexpr int batches = 20;
    fakes::FakeDomainStats server;
    server.delay(delay);
    const TempDir normal_state;
    const TempDir full_state;
    MissPath without(server, nullptr, false);
    MissPath normal(server, &normal_state, false);
    MissPath full(server, &full_state, true);
    std::vector<double> rates;
    std::vector<double> normal_ratios;
    std::vector<double> full_ratios;
    for (int i = 0; i < batches; ++i) {
        const double alone = without.run("a", i * batch, batch);
        rates.push_back(batch / alone);
        normal_ratios.push_back(alone / normal.run("b", i * batch, batch));
        full_ratios.push_back(alone / full.run("c", i * batch, batch));
    }
    row(std::string("new domains without the intake, ") + server_is + ", no journal",
        text("%.0f alerts/s", median(rates)));
    row("the same with the journal, sync: normal, in turn with it", "", {median(normal_ratios)});
    row("the same with the journal, sync: full, in turn with it", "", {median(full_ratios)});
}

}  // namespace

void measure_waiting() {
    head("alerts that wait: the journal, and OTX");
    measure_journal("Domain Stats takes 5 ms", std::chrono::milliseconds(5), 1'000);
    measure_journal("Domain Stats takes no time", std::chrono::milliseconds(0), 5'000);
    measure_silent_otx("Domain Stats takes 5 ms", std::chrono::milliseconds(5));
    measure_silent_otx("Domain Stats takes no time", std::chrono::milliseconds(0));
}

}  // namespace enrichd::test
