#include "app/daemon.hpp"

#include <unistd.h>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "admin/health.hpp"
#include "admin/status.hpp"
#include "app/part_options.hpp"
#include "app/state_directory.hpp"
#include "app/systemd.hpp"
#include "app/upstreams.hpp"
#include "app/version.hpp"
#include "output/active_responses_log.hpp"
#include "output/json_lines.hpp"
#include "output/wazuh_queue.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_time = 3s;   // for what is in hand at a stop; the rest waits in the journal
constexpr auto cancel_time = 2s;  // for what was cancelled to end
constexpr auto stop_time = 7s;    // for all of that
constexpr auto close_time = 2s;   // for the state file to take what is not written yet

HttpServerOptions admin_options() {
    HttpServerOptions options{"admin session"};
    options.keep_connections = false;
    return options;
}

/// Who judges domains, and who may ask for that.
std::string told(const DomainStatsConfig& config) {
    std::string who = config.mode == DomainStatsMode::http ? config.url : "embedded";
    if (config.mode == DomainStatsMode::off) who = "off";
    return config.serve.empty() ? who : who + ", served on " + config.serve;
}

std::string told(const OtxConfig& config) {
    if (config.mode == OtxMode::off) return "off";
    return config.key.empty() ? "off: no key" : "asked, key from " + config.key_source;
}

}  // namespace

Daemon::Daemon(Config config, RunOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      database_(io_, prepared_state(config_.state)),
      journal_(database_, outbox_, config_.state.max_pending),
      snapshot_(database_, config_.cache.entries),
      cache_(domain_stats_cache_options(config_)),
      domains_(database_, config_.domain_stats.embedded.max_domains),
      open_ages_(database_),
      otx_cache_(otx_cache_options(config_)),
      enricher_(outputs_, enricher_options(config_)),
      backlog_(io_, work_, enricher_, journal_, recent_),
      intake_(io_, work_, enricher_, recent_, config_.intake),
      spool_(io_, work_, enricher_, journal_, recent_, spool_options(config_)),
      view_{intake_,  spool_,   database_,       journal_, outbox_,         enricher_,
            {},       {},       outputs_,        work_,    services_,       clients_,
            history_, reloads_, control_counts_, version,  WallClock::now()},
      admin_(io_, control_, pages_, admin_options()),
      levers_server_(io_, control_, levers_, {"admin socket session"}) {
    reloads_.last = reloads_.last_success = wall_seconds(WallClock::now());
    enricher_.keep_in(journal_);
    memory_.keep_for(config_.keep_for);
    if (config_.domain_stats.mode != DomainStatsMode::off) build_domain_stats();
    if (!config_.domain_stats.serve.empty()) build_server();
    if (!config_.otx.key.empty()) build_otx();
    view_.otx.off_because = config_.otx.mode == OtxMode::off ? "otx.mode is off" : "no key is given";
    build_outputs();
    services_.on_failure([this] {
        failed_ = true;
        io_.stop();
    });
}

Daemon::~Daemon() = default;

void Daemon::build_domain_stats() {
    judge_.emplace(io_, lookup_, config_.domain_stats);
    VerdictsOptions verdicts;
    verdicts.retry_for = config_.domain_stats.retry_for;
    verdicts.keep_for = config_.keep_for;
    verdicts.slots = slots_of(config_.domain_stats);
    verdicts_.emplace(io_, work_, cache_, judge_->provider(), verdicts);
    enricher_.ask(*verdicts_);
    view_.domain_stats.verdicts = &*verdicts_;
    view_.domain_stats.cache = &cache_;
    view_.domain_stats.http = judge_->http();
    view_.domain_stats.engine = judge_->engine();
    view_.domain_stats.rdap = judge_->rdap();
    view_.domain_stats.domains = &domains_;
    judge_->remember_in(domains_);
    memory_.judged_by(judge_->rules(config_.domain_stats));
    if (const Engine* const engine = judge_->engine(); engine && engine->known().size() > 0)
        log::info("domains that are established by decree", {{"file", config_.domain_stats.embedded.known},
                                                             {"domains", engine->known().size()},
                                                             {"lines_left_out", engine->known().left_out()}});
    if (judge_->rdap()) {
        enricher_.keep_ages_in(open_ages_);
        late_ages_.emplace(work_, enricher_, *verdicts_, journal_, open_ages_);
        view_.domain_stats.open_ages = &open_ages_;
    }
    memory_.of(domains_);
    if (judge_->server()) memory_.of(*judge_->server());
    if (judge_->rdap()) memory_.of(*judge_->rdap());
}

void Daemon::build_server() {
    const auto stats = [this] {
        DomainStatsServer::Stats now{cache_.hits(), cache_.misses(), 0, 0, cache_.bytes()};
        const Rdap* const rdap = judge_->rdap();
        if (rdap) now.rdap_good = rdap->counts().requests["ok"];
        if (rdap) now.rdap_fail = rdap->counts().requests.total() - now.rdap_good;
        return now;
    };
    server_.emplace(*verdicts_, domains_, config_.gate, stats);
    HttpServerOptions options{"domain stats session"};
    options.max_connections = 500;  // each may wait for an answer, and alerts need places too
    options.patience = 60s;
    options.private_pages = false;
    served_.emplace(io_, clients_, *server_, options);
    view_.domain_stats.server = &*server_;
    view_.domain_stats.connections = &*served_;
}

void Daemon::build_otx() {
    otx_http_.emplace(io_, lookup_, otx_http(config_.otx));
    otx_.emplace(*otx_http_, otx_options(config_.otx));
    reputation_.emplace(io_, work_, otx_cache_, *otx_, reputation_options(config_));
    enricher_.ask(*reputation_);
    memory_.of(*reputation_);
    memory_.otx_as(Memory::text_of(config_.otx.filter, config_.otx.url));
    view_.otx = {&*reputation_, &*otx_http_, &otx_cache_, {}};
}

void Daemon::build_outputs() {
    if (config_.outputs.wazuh)
        outputs_.add(std::make_unique<WazuhQueue>(config_.wazuh_home + "/queue/sockets/queue"));
    // Whoever sets up an active response wants its answer there, whatever becomes of other events.
    outputs_.add(std::make_unique<ActiveResponsesLog>(config_.wazuh_home + "/logs/active-responses.log"));
    if (!config_.outputs.file.empty()) outputs_.add(std::make_unique<JsonLines>(config_.outputs.file));
}

int Daemon::run() {
    // A limit of file sizes is an error of the output that meets it. Others' log rotation may send the last
    // two.
    for (const int ignored : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2}) std::signal(ignored, SIG_IGN);
    const bool started = start();
    if (started) io_.run();
    if (failed_) close_state();
    if (own_socket_) ::unlink(config_.intake.socket.c_str());
    if (own_control_) ::unlink(config_.admin_socket.c_str());
    if (!started) return 1;
    log::info("ended", {{"alerts_finished", enricher_.counts().finished}});
    const bool all_ended =
        work_.running() + services_.running() + clients_.running() + control_.running() == 0;
    // Coroutines that did not end, and a thread that hangs, refer to parts of this: leave without tearing
    // them down.
    if (!all_ended || !state_closed_) std::_Exit(failed_ ? 1 : 0);
    return failed_ ? 1 : 0;
}

bool Daemon::start() {
    auto doors = open_doors(config_);
    if (!doors) return false;
    own_socket_ = !doors->intake_passed;
    own_control_ = doors->control.has_value();
    const int group = AllowList(config_.intake.allow).first_group();
    if (const auto made = spool_.prepare(group); !made)
        log::error("the spool cannot be prepared; alerts may be lost while the daemon is away",
                   {{"directory", config_.spool}, {"detail", made.error().message()}});
    control_.spawn("signals", handle_signals());
    services_.spawn("state", keep_state(*std::move(doors)));
    return true;
}

/// The doors open when it is known what an earlier run has left, or that it cannot be known now.
task<void> Daemon::keep_state(Doors doors) {
    error failure = co_await restore();
    if (stopping_) co_return;
    open(std::move(doors));
    while (failure) {
        const bool slept = co_await sleep_until(Clock::now() + 1s);
        if (!slept) co_return;
        failure = co_await restore();
    }
    restored_ = true;
    services_.spawn("snapshot", memory_.tidy());
    services_.spawn("outbox", watch_outbox());
    if (judge_ && judge_->rdap()) services_.spawn("registries", memory_.keep_registries());
    if (late_ages_) services_.spawn("late ages", late_ages_->watch());
    co_await backlog_.watch();
}

/// Another file under the same name has other events.
task<void> Daemon::watch_outbox() {
    std::uint64_t opening = outbox_.opening();
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + 1s)) {
        if (outbox_.opening() == opening) continue;
        const std::uint64_t now = outbox_.opening();
        const error failure = co_await outbox_.recount();
        if (failure) continue;
        const error not_counted = co_await domains_.load();
        if (not_counted) continue;
        opening = now;
        for (Lane& lane : outputs_.lanes()) lane.wake();
    }
}

task<error> Daemon::restore() {
    const error no_memory = co_await memory_.restore();
    if (no_memory) co_return no_memory;
    std::vector<std::string_view> names;
    for (const Lane& lane : outputs_.lanes()) names.push_back(lane.name());
    const error no_outbox = co_await outbox_.load(std::move(names));
    if (no_outbox) co_return no_outbox;
    for (Lane& lane : outputs_.lanes()) lane.wake();
    co_return co_await backlog_.resume();
}

void Daemon::open(Doors doors) {
    services_.spawn("spool", spool_.watch());
    listen(std::move(doors));
    for (Lane& lane : outputs_.lanes()) services_.spawn("output", lane.drain());
    services_.spawn("spool events", spool_.listen());
    services_.spawn("systemd", keep_systemd_informed());
    // Health is to be true before the first alert asks.
    if (verdicts_ && judge_->http()) services_.spawn("domain_stats start probe", verdicts_->look());
    services_.spawn("history", keep_history());
    if (options_.once) control_.spawn("once", stop_when_idle());
    systemd::ready();
    log::info("ready", {{"version", version},
                        {"socket", own_socket_ ? config_.intake.socket : "passed by systemd"},
                        {"spool", config_.spool},
                        {"state", config_.state.file()},
                        {"admin", config_.admin_listen},
                        {"domain_stats", told(config_.domain_stats)},
                        {"otx", told(config_.otx)}});
}

/// At each door that was opened.
void Daemon::listen(Doors doors) {
    if (doors.intake) services_.spawn("intake", intake_.listen(*std::move(doors.intake)));
    if (doors.admin) services_.spawn("admin", admin_.listen(*std::move(doors.admin)));
    if (doors.control) services_.spawn("admin socket", levers_server_.listen(*std::move(doors.control)));
    if (doors.served) services_.spawn("domain stats", served_->listen(*std::move(doors.served)));
}

task<void> Daemon::keep_history() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + History::every)) {
        const WallTime now = wall_seconds(WallClock::now());
        history_.note(totals_of(view_), Clock::now(), now);
        history_.note_troubles(names_of_troubles(view_), now);
    }
}

task<void> Daemon::handle_signals() {
    asio::signal_set signals(io_, SIGTERM, SIGINT, SIGHUP);
    while (!stopping_) {
        auto [ec, number] = co_await signals.async_wait(nothrow);
        if (ec) co_return;
        if (number == SIGHUP)
            reload();
        else
            co_await stop();
    }
}

task<void> Daemon::keep_systemd_informed() {
    const auto watchdog = systemd::watchdog_interval();
    const Clock::duration pause = std::min<Clock::duration>(watchdog.value_or(10s), 10s);
    for (bool awake = true; awake;) {
        if (watchdog) systemd::alive();
        systemd::status(std::string(label(overall(run_checks(view_)))) + ", " +
                        std::to_string(enricher_.counts().finished) + " alerts finished, " +
                        std::to_string(journal_.pending() + spool_.files()) + " waiting");
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

bool Daemon::idle() const {
    return restored_ && !journal_.refusal() && intake_.connections() == 0 && journal_.pending() == 0 &&
           outbox_.waiting() == 0 && spool_.idle() && work_.running() == 0;
}

task<void> Daemon::stop_when_idle() {
    constexpr int enough = 10;
    for (int quiet = 0; quiet < enough; quiet = idle() ? quiet + 1 : 0) {
        const bool slept = co_await sleep_until(Clock::now() + 50ms);
        if (!slept) co_return;
    }
    co_await stop();
}

/// Takes no more, finishes what can be finished soon, leaves the rest in the journal.
task<void> Daemon::stop() {
    if (std::exchange(stopping_, true)) co_return;
    systemd::stopping();
    log::info("stopping", {{"unfinished", journal_.pending()}});
    services_.cancel();
    clients_.cancel();
    spool_.stop();
    if (reputation_) reputation_->stop();
    const Clock::time_point limit = Clock::now() + stop_time;
    const auto within = [limit](Clock::duration time) { return std::min(Clock::now() + time, limit); };
    co_await work_.drained(within(drain_time));
    if (verdicts_) verdicts_->stop();
    co_await asio::post(io_, asio::use_awaitable);
    work_.cancel();
    co_await work_.drained(within(cancel_time));
    co_await services_.drained(within(cancel_time));
    clients_.cancel();  // also those that were being answered
    co_await clients_.drained(within(cancel_time));
    if (judge_) judge_->close_idle();
    if (otx_http_) otx_http_->close_idle();
    close_state();
    control_.cancel();
    if (work_.running() + services_.running() + clients_.running() > 0) {
        log::error("some tasks did not end; leaving without them");
        io_.stop();
    }
}

void Daemon::close_state() {
    if (journal_.loaded()) journal_.save_recent(recent_.list());
    state_closed_ = database_.close(close_time);
    if (!state_closed_)
        log::error("the state file does not answer; leaving without it",
                   {{"file", config_.state.file()}, {"not_written", database_.waiting()}});
    if (journal_.pending() > 0 || outbox_.waiting() > 0)
        log::info("what is unfinished waits in the state file",
                  {{"alerts", journal_.pending()}, {"events", outbox_.waiting()}});
}

}  // namespace enrichd
