#include "app/daemon.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "admin/health.hpp"
#include "admin/status.hpp"
#include "app/signals.hpp"
#include "app/systemd.hpp"
#include "config/state_directory.hpp"
#include "config/version.hpp"
#include "outputs/active_responses/active_responses_log.hpp"
#include "outputs/json_lines/json_lines.hpp"
#include "outputs/outputs_report.hpp"
#include "outputs/wazuh_queue/wazuh_queue.hpp"
#include "pipeline/pipeline_report.hpp"
#include "sources/intake_socket/intake_report.hpp"
#include "sources/spool/spool_report.hpp"
#include "store/state_report.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr auto last_words = 1s;  // for what was cancelled last to end

HttpServerOptions admin_options() {
    HttpServerOptions options{"admin session"};
    options.keep_connections = false;
    return options;
}

/// Until the configuration is applied.
IntakeOptions without_senders() {
    IntakeOptions options;
    options.allow.clear();
    return options;
}

}  // namespace

Daemon::Daemon(Config config, RunOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      database_(io_, prepared_state(config_.state)),
      journal_(database_, outbox_, config_.state.max_pending),
      snapshot_(database_, config_.cache.entries),
      domains_(database_, config_.max_domains()),
      pipeline_(outputs_),
      composition_({io_, work_, lookup_, pipeline_, &state_}, config_),
      submit_(work_, pipeline_, recent_, {}),
      backlog_(io_, work_, pipeline_, journal_, recent_),
      intake_(io_, work_, submit_, without_senders()),
      spool_(io_, work_, submit_, journal_, config_.spool),
      view_{reports_, history_, version, WallClock::now()},
      admin_(io_, control_, pages_, admin_options()),
      admin_socket_(io_, control_, admin_commands_, {"admin socket session"}),
      reload_news_(io_, Clock::time_point::max()) {
    reloads_.last = reloads_.last_success = wall_seconds(WallClock::now());
    pipeline_.keep_in(journal_);
    build_outputs();
    build_reports();
    services_.on_failure([this] {
        failed_ = true;
        io_.stop();
    });
}

Daemon::~Daemon() = default;

void Daemon::build_server() {
    served_ = composition_.serve(io_, clients_, domains_, config_.gate);
    served_->add_reports(reports_);
}

void Daemon::build_outputs() {
    if (config_.outputs.wazuh)
        outputs_.add(std::make_unique<WazuhQueue>(config_.wazuh_home + "/queue/sockets/queue"));
    // Whoever sets up an active response wants its answer there, whatever becomes of other events.
    outputs_.add(std::make_unique<ActiveResponsesLog>(config_.wazuh_home + "/logs/active-responses.log"));
    if (!config_.outputs.file.empty()) outputs_.add(std::make_unique<JsonLines>(config_.outputs.file));
}

template <class Report, class... Arguments>
void Daemon::report(Arguments&&... arguments) {
    reports_.push_back(std::make_unique<Report>(std::forward<Arguments>(arguments)...));
}

/// In the order in which their checks are shown.
void Daemon::build_reports() {
    report<IntakeReport>(intake_, journal_, intake_trouble_);
    report<StateReport>(database_, journal_, outbox_);
    report<SpoolReport>(spool_);
    report<PipelineReport>(pipeline_);
    for (const auto& component : composition_.all()) component->add_reports(reports_);
    report<OutputsReport>(outputs_, journal_);
    report<OperationReport>(reloads_, control_counts_, control_trouble_,
                            std::vector<const Tasks*>{&work_, &services_, &clients_});
}

int Daemon::run() {
    const bool started = start();
    if (started) io_.run();
    intake_file_.remove();
    control_file_.remove();
    if (stopping_) {
        io_.restart();
        io_.run_for(last_words);
    } else {
        state_closed_ = close_state(Clock::now() + last_words);
    }
    if (started) log::info("ended", {{"alerts_finished", pipeline_.counts().finished}});
    const bool all_ended =
        work_.running() + services_.running() + clients_.running() + control_.running() == 0;
    const int code = failed_ || !started ? 1 : 0;
    // Coroutines that did not end, and a thread that hangs, refer to parts of this: leave without tearing
    // them down.
    if (!all_ended || !state_closed_) std::_Exit(code);
    return code;
}

bool Daemon::start() {
    auto signals = signals::open();
    if (!signals) {
        log::error("signals cannot be read", {{"detail", signals.error().message()}});
        return false;
    }
    Plan first = plan(nullptr, config_, false);
    auto opened = open_listeners(first, std::move(options_.passed));
    if (!opened) return false;
    intake_passed_ = opened->intake_passed;
    apply(first);
    const int group = AllowList(config_.intake.allow).first_group();
    if (const auto made = spool_.prepare(group); !made)
        log::error("the spool cannot be prepared; alerts may be lost while the daemon is away",
                   {{"directory", config_.spool.directory}, {"detail", made.error().message()}});
    services_.spawn("configuration", keep_configuration());
    services_.spawn("state", keep_state(std::move(first), *std::move(opened)));
    // Last: a signal may wait already, and what a stop cancels must have begun (Asio 1.81 throws otherwise).
    control_.spawn("signals", handle_signals(*std::move(signals)));
    return true;
}

/// Nobody is listened to before it is known what an earlier run has left, or that it cannot be known now.
task<void> Daemon::keep_state(Plan plan, Listeners opened) {
    error failure = co_await restore();
    if (stopping_) co_return;
    open(plan, std::move(opened));
    restoring(false);
    while (failure) {
        const bool slept = co_await sleep_until(Clock::now() + 1s);
        if (!slept) co_return;
        restoring(true);
        failure = co_await restore();
        restoring(false);
    }
    restored_ = true;
    services_.spawn("snapshot", composition_.tidy(state_));
    services_.spawn("outbox", watch_outbox());
    for (const auto& component : composition_.all()) component->start_restored(services_);
    co_await backlog_.watch();
}

void Daemon::restoring(bool now) {
    restoring_ = now;
    reload_news_.cancel();
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
    const error no_memory = co_await composition_.restore();
    if (no_memory) co_return no_memory;
    std::vector<std::string_view> names;
    for (const Lane& lane : outputs_.lanes()) names.push_back(lane.name());
    const error no_outbox = co_await outbox_.load(std::move(names));
    if (no_outbox) co_return no_outbox;
    for (Lane& lane : outputs_.lanes()) lane.wake();
    co_return co_await backlog_.resume();
}

void Daemon::open(const Plan& plan, Listeners opened) {
    services_.spawn("spool", spool_.watch());
    listen(plan, std::move(opened));
    for (Lane& lane : outputs_.lanes()) services_.spawn("output", lane.drain());
    services_.spawn("spool events", spool_.listen());
    services_.spawn("systemd", keep_systemd_informed());
    for (const auto& component : composition_.all()) component->start(services_);
    services_.spawn("history", keep_history());
    services_.spawn("sockets", watch_sockets());
    if (options_.once) control_.spawn("once", stop_when_idle());
    systemd::ready();
    std::vector<log::Field> fields{{"version", version},
                                   {"socket", intake_passed_ ? "passed by systemd" : config_.intake.socket},
                                   {"spool", config_.spool.directory},
                                   {"state", config_.state.file()},
                                   {"admin", config_.admin_listen}};
    for (const auto& component : composition_.all())
        fields.emplace_back(component->name(), component->described());
    log::info("ready", fields);
}

task<void> Daemon::keep_history() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + History::every)) {
        const WallTime now = wall_seconds(WallClock::now());
        history_.note(totals_of(view_), Clock::now(), now);
        history_.note_troubles(names_of_troubles(view_), now);
    }
}

task<void> Daemon::handle_signals(Fd signals) {
    asio::posix::stream_descriptor source(io_, signals.release());
    while (!stopping_) {
        const auto number = signals::next(source.native_handle());
        if (!number) {
            auto [ec] = co_await source.async_wait(asio::posix::stream_descriptor::wait_read, nothrow);
            if (ec) co_return;
        } else if (*number == SIGHUP) {
            reload_wanted_ = true;
            reload_news_.cancel();
            if (restoring_) log::info("the configuration is read again as soon as the state file is read");
        } else {
            co_await stop();
        }
    }
}

task<void> Daemon::keep_systemd_informed() {
    const auto watchdog = systemd::watchdog_interval();
    const Clock::duration pause = std::min<Clock::duration>(watchdog.value_or(10s), 10s);
    for (bool awake = true; awake;) {
        if (watchdog) systemd::alive();
        systemd::status(std::string(label(overall(run_checks(view_)))) + ", " +
                        std::to_string(pipeline_.counts().finished) + " alerts finished, " +
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

}  // namespace enrichd
