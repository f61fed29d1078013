#include "soak/recovery.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <random>
#include <sstream>

#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using fakes::Fault;
using fakes::OtxFault;

constexpr std::chrono::seconds limit = 60s;

struct Trouble {
    const char* text;
    std::function<void(World&)> begin;
    std::function<void(World&)> end;
};

void domain_stats_answers_again(World& world) {
    world.domain_stats().fail_no_more();
}

void otx_answers_again(World& world) {
    world.otx().fail_no_more();
}

void nothing_to_end(World&) {}

const std::array<Trouble, 9> troubles{{
    {"Domain Stats: 503", [](World& w) { w.domain_stats().fail_always(Fault::status_503); },
     domain_stats_answers_again},
    {"Domain Stats: down", [](World& w) { w.domain_stats_leaves(); },
     [](World& w) { w.domain_stats_comes(); }},
    {"Domain Stats: answers cut", [](World& w) { w.domain_stats().fail_next(Fault::cut, 5); },
     domain_stats_answers_again},
    {"OTX: 429", [](World& w) { w.otx().fail_next(OtxFault::limited_for_seconds); }, otx_answers_again},
    {"OTX: gateway", [](World& w) { w.otx().fail_always(OtxFault::gateway); }, otx_answers_again},
    {"Wazuh: down", [](World& w) { w.wazuh_leaves(); }, [](World& w) { w.wazuh_comes(); }},
    {"Wazuh: reads nothing", [](World& w) { w.wazuh_reads(false); }, [](World& w) { w.wazuh_reads(true); }},
    {"disk: full", [](World& w) { w.limit_disk(64 * 1024); }, [](World& w) { w.limit_disk(0); }},
    {"enrichd: reload", [](World& w) { w.daemon().process().signal(SIGHUP); }, nothing_to_end},
}};

class RecoveryRun {
  public:
    explicit RecoveryRun(const RecoveryOptions& options)
        : options_(options),
          random_(options.seed),
          world_("state:\n  max_pending: 1000\n  directory: " + (state_.path() / "state").string() + "\n") {
        world_.otx().retry_after(1s);
    }

    RecoveryOutcome outcome() {
        world_.daemon().start();
        RecoveryOutcome out;
        for (std::size_t i = 0; i < options_.rounds; ++i) {
            out.rounds.push_back(round(i));
            if (!out.rounds.back().recovered) break;
        }
        out.outcome = world_.outcome();
        return out;
    }

  private:
    RecoveryRound round(std::size_t number) {
        RecoveryRound out;
        std::vector<const Trouble*> chosen;
        for (const Trouble& trouble : troubles) chosen.push_back(&trouble);
        std::shuffle(chosen.begin(), chosen.end(), random_);
        chosen.resize(2 + random_() % 3);
        for (const Trouble* trouble : chosen) {
            out.faults += (out.faults.empty() ? "" : "; ") + std::string(trouble->text);
            trouble->begin(world_);
        }
        const std::size_t first = 1 + number * options_.alerts;
        send_many(world_, first, options_.alerts, 2, options_.faults_last,
                  [this](std::size_t alert) { return name(alert); });
        for (const Trouble* trouble : chosen) trouble->end(world_);
        const auto begun = Clock::now();
        out.recovered = world_.settled(limit) && eventually([&] { return world_.healthy(); }, limit);
        out.drained = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
        if (!out.recovered || out.drained > limit) {
            out.recovered = false;
            out.health = world_.daemon().get("/healthz");
        }
        return out;
    }

    /// Half of the names under domains of their own, half under a few.
    std::string name(std::size_t number) const {
        std::minstd_rand random(static_cast<unsigned>(options_.seed * 7919 + number));
        const std::string host = "www" + std::to_string(number);
        return random() % 2 == 0 ? host + ".new-shared" + std::to_string(random() % 50) + ".com"
                                 : host + ".new-own" + std::to_string(number) + ".com";
    }

    RecoveryOptions options_;
    std::mt19937_64 random_;
    TempDir state_;
    World world_;
};

}  // namespace

bool RecoveryOutcome::good() const {
    return outcome.good() && outcome.refused == 0 && !rounds.empty() &&
           std::all_of(rounds.begin(), rounds.end(), [](const RecoveryRound& one) { return one.recovered; });
}

std::string RecoveryOutcome::text() const {
    std::ostringstream out;
    out << outcome.text();
    for (const RecoveryRound& one : rounds)
        out << "\n  " << one.faults << ": "
            << (one.recovered ? "nothing waits and health is ok after " : "STILL NOT WELL after ")
            << one.drained.count() << " ms" << (one.health.empty() ? "" : "\n    " + one.health);
    return out.str();
}

RecoveryOutcome recovery(const RecoveryOptions& options) {
    return RecoveryRun(options).outcome();
}

}  // namespace enrichd::test
