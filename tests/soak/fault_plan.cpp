#include "soak/fault_plan.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <numeric>
#include <random>

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;
using fakes::Fault;
using fakes::OtxFault;

enum Kind : std::size_t {
    domain_stats_away,
    domain_stats_restarts,
    domain_stats_slow,
    domain_stats_503,
    domain_stats_cuts,
    domain_stats_garbage,
    otx_limits,
    otx_gateway,
    otx_silent,
    wazuh_away,
    all_away,
    reloads,
    half_files,
    silent_senders,
    kinds
};
static_assert(kinds == FaultPlan::kinds);

constexpr std::array<const char*, kinds> texts{"Domain Stats: away",
                                               "Domain Stats: restarts",
                                               "Domain Stats: slow",
                                               "Domain Stats: 503",
                                               "Domain Stats: cuts",
                                               "Domain Stats: garbage",
                                               "OTX: 429",
                                               "OTX: gateway",
                                               "OTX: silent",
                                               "Wazuh: away",
                                               "Domain Stats: away; OTX: gateway; Wazuh: away",
                                               "enrichd: reloads",
                                               "enrichd: half-written files",
                                               "enrichd: silent senders"};

}  // namespace

FaultPlan::FaultPlan(World& world, std::uint64_t seed, std::size_t alerts, std::size_t rounds)
    : world_(world) {
    std::mt19937_64 random(seed);
    world_.otx().retry_after(1s);
    std::array<std::size_t, kinds> order{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::size_t all = rounds * kinds;
    for (std::size_t i = 0; i < all; ++i) {
        if (i % kinds == 0) std::shuffle(order.begin(), order.end(), random);
        const std::size_t from = alerts * (2 * i + 1) / (2 * all + 1);
        bands_.push_back({from, alerts * (2 * i + 2) / (2 * all + 1), order[i % kinds]});
    }
}

bool FaultPlan::follow(std::size_t sent) {
    if (!now_.empty() && sent >= bands_[next_].end) {
        mend();
        ++next_;
        return true;
    }
    if (!now_.empty() || next_ == bands_.size() || sent < bands_[next_].begin) return false;
    begin(bands_[next_].kind);
    now_ = texts[bands_[next_].kind];
    return true;
}

void FaultPlan::begin(std::size_t kind) {
    switch (kind) {
        case domain_stats_away:
            world_.domain_stats_leaves();
            break;
        case domain_stats_restarts:
            for (int i = 0; i < 3; ++i) {
                world_.domain_stats_leaves();
                world_.domain_stats_comes();
            }
            break;
        case domain_stats_slow:
            world_.domain_stats().delay(20ms);
            break;
        case domain_stats_503:
            world_.domain_stats().fail_always(Fault::status_503);
            break;
        case domain_stats_cuts:
            world_.domain_stats().fail_next(Fault::cut, 2);
            world_.domain_stats().fail_next(Fault::cut_in_body, 2);
            break;
        case domain_stats_garbage:
            world_.domain_stats().fail_next(Fault::not_json, 1);
            world_.domain_stats().fail_next(Fault::html, 1);
            world_.domain_stats().fail_next(Fault::not_http, 1);
            break;
        case otx_limits:
            world_.otx().fail_next(OtxFault::limited_for_seconds);
            break;
        case otx_gateway:
            world_.otx().fail_always(OtxFault::gateway);
            break;
        case otx_silent:
            world_.otx().fail_always(OtxFault::silence);
            break;
        case wazuh_away:
            world_.wazuh_leaves();
            break;
        case all_away:
            world_.domain_stats_leaves();
            world_.otx().fail_always(OtxFault::gateway);
            world_.wazuh_leaves();
            break;
        case reloads:
            world_.daemon().process().signal(SIGHUP);
            break;
        case half_files:
            half_written_files();
            break;
        default:
            silent_connections();
            break;
    }
}

void FaultPlan::mend() {
    if (now_.empty()) return;
    now_.clear();
    silent_.clear();
    world_.domain_stats_comes();
    world_.domain_stats().delay(0ms);
    world_.domain_stats().fail_no_more();
    world_.otx().fail_no_more();
    world_.wazuh_comes();
    world_.daemon().process().signal(SIGHUP);
}

/// Of writers that were killed: one that had not come far, and one that wrote into new/ at once.
void FaultPlan::half_written_files() {
    for (int i = 0; i < 10; ++i) {
        const std::string name = std::to_string(1'000'000'000'000'000U + ++files_);  // 16 digits
        write_file(world_.daemon().spool() / "tmp" / name, "{\"half\":");
        write_file(world_.daemon().spool() / "new" / name, "{\"half\":");
    }
}

/// They keep the intake's connections until it cuts them.
void FaultPlan::silent_connections() {
    for (int i = 0; i < 30; ++i) {
        Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, world_.daemon().socket().c_str(), sizeof address.sun_path - 1);
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            silent_.push_back(std::move(fd));
    }
}

}  // namespace enrichd::test
