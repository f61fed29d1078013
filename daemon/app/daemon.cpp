#include "app/daemon.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
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
#include "shared/shared_report.hpp"
#include "sources/files/files_report.hpp"
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

Sources::Sources(Runtime& run, State& state, Pipeline& pipeline, const Config& config)
    : submit(run.work, pipeline, recent, {}),
      backlog(run.io, run.work, pipeline, state.journal, recent),
      intake(run.io, run.work, submit, without_senders()),
      spool(run.io, run.work, submit, state.journal, config.spool),
      files(run.io, submit, state.journal, state.database) {}

Administration::Administration(Runtime& run, const Composition& composition, State& state, Pipeline& pipeline,
                               Allowlist& allowlist)
    : view{reports, history, version, WallClock::now()},
      http(run.io, run.control, pages, admin_options()),
      tap(run.io),
      commands(view, composition.all(), state.domains, pipeline, allowlist, tap, control_counts, reloads),
      socket(run.io, run.control, commands, {"admin socket session"}) {}

Daemon::Daemon(Config config, RunOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      state_(run_.io, prepared_state(config_.state),
             {config_.state.max_pending, config_.cache.memory.entries, config_.max_domains(),
              config_.state.max_seen, config_.state.max_names}),
      composition_(
          {run_.io, run_.work, run_.lookup, pipeline_, &state_, nullptr, config_.state.directory, &shared_},
          config_),
      sources_(run_, state_, pipeline_, config_),
      allowlist_(state_.database),
      admin_(run_, composition_, state_, pipeline_, allowlist_) {
    admin_.reloads.last = admin_.reloads.last_success = wall_seconds(WallClock::now());
    pipeline_.keep_in(state_.journal);
    pipeline_.count_agents_in(state_.prevalence);
    pipeline_.note_names_in(state_.asked_names);
    pipeline_.repeats().remember_in(state_.snapshot);
    pipeline_.mark_by(allowlist_);
    pipeline_.share_alerts_with(shared_.alerts());
    shared_.filter_by([this](const std::string& domain) {
        const auto name = HostName::parse(domain);
        return name && !refusal(*name, pipeline_.gate());
    });
    pipeline_.on_decided([this](const Job& job) { admin_.tap.decided(job); });
    admin_.commands.reload_by([this] { return reload_now(); });
    build_outputs();
    build_reports();
    run_.services.on_failure([this] {
        life_.failed = true;
        run_.io.stop();
    });
}

Daemon::~Daemon() = default;

void Daemon::build_server() {
    served_ = composition_.serve(run_.io, run_.clients, state_.domains, config_.gate);
    served_->add_reports(admin_.reports);
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
    admin_.reports.push_back(std::make_unique<Report>(std::forward<Arguments>(arguments)...));
}

/// In the order in which their checks are shown.
void Daemon::build_reports() {
    report<IntakeReport>(sources_.intake, state_.journal, sockets_.intake_trouble);
    report<StateReport>(state_.database, state_.journal, state_.outbox, state_.prevalence,
                        state_.asked_names);
    report<SpoolReport>(sources_.spool);
    report<FilesReport>(sources_.files);
    report<PipelineReport>(pipeline_);
    for (const auto& component : composition_.all()) component->add_reports(admin_.reports);
    report<SharedReport>(shared_);
    report<OutputsReport>(outputs_, state_.journal);
    report<OperationReport>(
        admin_.reloads, admin_.control_counts, sockets_.control_trouble, admin_.http,
        std::vector<const Tasks*>{&run_.work, &run_.services, &run_.clients, &shared_.tasks()});
}

void turn_loop(asio::io_context& io, Clock::time_point limit) {
    if (limit == Clock::time_point::max())
        io.run();
    else
        io.run_for(limit - Clock::now());
}

int Daemon::run() {
    const bool started = start();
    if (started) options_.turn(run_.io, Clock::time_point::max());
    sockets_.intake.remove();
    sockets_.control.remove();
    if (life_.stopping) {
        run_.io.restart();
        options_.turn(run_.io, Clock::now() + last_words);
    } else {
        life_.state_closed = close_state(Clock::now() + last_words);
    }
    if (started) log::info("ended", {{"alerts_finished", pipeline_.counts().finished}});
    const bool all_ended = run_.work.running() + run_.services.running() + run_.clients.running() +
                               run_.control.running() + shared_.tasks().running() ==
                           0;
    const int code = life_.failed || !started ? 1 : 0;
    // Coroutines that did not end, and a thread that hangs, refer to parts of this: leave without tearing
    // them down.
    if (!all_ended || !life_.state_closed) options_.leave(code);
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
    sockets_.intake_passed = opened->intake_passed;
    apply(first);
    const int group = AllowList(config_.intake.allow).first_group();
    if (const auto made = sources_.spool.prepare(group); !made)
        log::error("the spool cannot be prepared; alerts may be lost while the daemon is down",
                   {{"directory", config_.spool.directory}, {"detail", made.error().message()}});
    run_.services.spawn("configuration", keep_configuration());
    run_.services.spawn("state", keep_state(std::move(first), *std::move(opened)));
    // Last: a signal may wait already, and what a stop cancels must have begun (Asio 1.81 throws otherwise).
    run_.control.spawn("signals", handle_signals(*std::move(signals)));
    return true;
}

/// Nobody is listened to before it is known what an earlier run has left, or that it cannot be known now.
task<void> Daemon::keep_state(Plan plan, Listeners opened) {
    shared_.start();
    error failure = co_await restore();
    if (life_.stopping) co_return;
    open(plan, std::move(opened));
    restoring(false);
    while (failure) {
        const bool slept = co_await sleep_until(Clock::now() + 1s);
        if (!slept) co_return;
        restoring(true);
        failure = co_await restore();
        restoring(false);
    }
    life_.restored = true;
    run_.services.spawn("snapshot", composition_.tidy(state_));
    run_.services.spawn("outbox", watch_outbox());
    run_.services.spawn("repeats", pipeline_.repeats().keep_written());
    run_.services.spawn("prevalence", state_.prevalence.keep_written());
    run_.services.spawn("asked names", state_.asked_names.keep_written());
    for (const auto& component : composition_.all()) component->start_restored(run_.services);
    shared_.start_restored(state_.domains, state_.snapshot);
    sources_.files.start(run_.services);
    co_await sources_.backlog.watch();
}

void Daemon::restoring(bool now) {
    life_.restoring = now;
    life_.news.cancel();
}

/// Another file under the same name has other events.
task<void> Daemon::watch_outbox() {
    std::uint64_t opening = state_.outbox.opening();
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + 1s)) {
        if (state_.outbox.opening() == opening) continue;
        const std::uint64_t now = state_.outbox.opening();
        const error failure = co_await state_.outbox.recount();
        if (failure) continue;
        const error not_counted = co_await state_.domains.load();
        if (not_counted) continue;
        opening = now;
        for (Lane& lane : outputs_.lanes()) lane.wake();
    }
}

/// When this daemon was started first, and what it has reported lately.
task<error> Daemon::restore_policy() {
    static constexpr std::string_view fact = "first_start";
    auto noted = co_await state_.snapshot.fact(fact);
    if (!noted) co_return noted.error();
    WallTime first = wall_seconds(WallClock::now());
    if (*noted)
        first = WallTime(std::chrono::seconds(std::strtoll((*noted)->c_str(), nullptr, 10)));
    else
        state_.snapshot.note_fact(fact, std::to_string(first.time_since_epoch().count()));
    pipeline_.policy().started_first(first);
    const error no_allowlist = co_await allowlist_.restore();
    if (no_allowlist) co_return no_allowlist;
    co_return co_await pipeline_.repeats().restore();
}

task<error> Daemon::restore() {
    const error no_memory = co_await composition_.restore();
    if (no_memory) co_return no_memory;
    const error no_policy = co_await restore_policy();
    if (no_policy) co_return no_policy;
    std::vector<std::string_view> names;
    for (const Lane& lane : outputs_.lanes()) names.push_back(lane.name());
    const error no_outbox = co_await state_.outbox.load(std::move(names));
    if (no_outbox) co_return no_outbox;
    for (Lane& lane : outputs_.lanes()) lane.wake();
    const error no_prevalence = co_await state_.prevalence.load();
    if (no_prevalence) co_return no_prevalence;
    shared_.alerts().known_as(state_.prevalence.hash()("the alerts of this host"));
    // What an earlier run has left asks what other hosts have reported meanwhile.
    co_await shared_.found_out(Clock::now() + 1s);
    co_return co_await sources_.backlog.resume();
}

void Daemon::open(const Plan& plan, Listeners opened) {
    run_.services.spawn("spool", sources_.spool.watch());
    listen(plan, std::move(opened));
    for (Lane& lane : outputs_.lanes()) run_.services.spawn("output", lane.drain());
    run_.services.spawn("spool events", sources_.spool.listen());
    run_.services.spawn("systemd", keep_systemd_informed());
    for (const auto& component : composition_.all()) component->start(run_.services);
    run_.services.spawn("history", keep_history());
    run_.services.spawn("sockets", watch_sockets());
    if (options_.once) run_.control.spawn("once", stop_when_idle());
    systemd::ready();
    std::vector<log::Field> fields{
        {"version", version},
        {"socket", sockets_.intake_passed ? "passed by systemd" : config_.intake.socket},
        {"spool", config_.spool.directory},
        {"state", config_.state.file()},
        {"admin", config_.admin.listen}};
    for (const auto& component : composition_.all())
        fields.emplace_back(component->name(), component->described());
    log::write(log::Level::info, "ready", fields);
}

task<void> Daemon::keep_history() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + History::every)) {
        const WallTime now = wall_seconds(WallClock::now());
        admin_.history.note(totals_of(admin_.view), Clock::now(), now);
        admin_.history.note_troubles(names_of_troubles(admin_.view), now);
    }
}

task<void> Daemon::handle_signals(Fd signals) {
    asio::posix::stream_descriptor source(run_.io, signals.release());
    while (!life_.stopping) {
        const auto number = signals::next(source.native_handle());
        if (!number) {
            auto [ec] = co_await source.async_wait(asio::posix::stream_descriptor::wait_read, nothrow);
            if (ec) co_return;
        } else if (*number == SIGHUP) {
            life_.reload_wanted = true;
            life_.news.cancel();
            if (life_.restoring)
                log::info("the configuration is read again as soon as the state file is read");
        } else if (*number == SIGUSR2) {
            log::warning("the state, asked for by SIGUSR2", {{"status", short_status_json(admin_.view)}});
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
        systemd::status(std::string(label(overall(run_checks(admin_.view)))) + ", " +
                        std::to_string(pipeline_.counts().finished) + " alerts finished, " +
                        std::to_string(state_.journal.pending() + sources_.spool.files()) + " waiting");
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

bool Daemon::idle() const {
    return life_.restored && !state_.journal.refusal() && sources_.intake.connections() == 0 &&
           state_.journal.pending() == 0 && state_.outbox.waiting() == 0 && sources_.spool.idle() &&
           sources_.files.idle() && run_.work.running() == 0;
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
