// Daemon: the configuration is read again.
#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "app/daemon.hpp"
#include "app/listeners.hpp"
#include "app/systemd.hpp"
#include "config/given.hpp"
#include "config/plan.hpp"
#include "net/basic_auth.hpp"

namespace enrichd {

namespace {

using namespace std::chrono_literals;

/// How long a file must have been left alone before it is taken for whole, and how often that is waited for.
constexpr auto quiet = 100ms;
constexpr int most_waits = 10;

/// How long until then. Whoever writes it may be at it still.
Clock::duration until_quiet(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return {};
    const auto now = WallClock::now();
    const WallTime second(std::chrono::seconds(status.st_mtim.tv_sec));
    const auto whole = wall_seconds(now) - second;
    using std::chrono::seconds;  // cppcheck knows no 0s
    if (whole < seconds(0) || whole > seconds(1))
        return {};  // it may be a time that nanoseconds cannot count
    const auto age = now - (second + std::chrono::nanoseconds(status.st_mtim.tv_nsec));
    return age.count() < 0 || age >= quiet ? Clock::duration() : Clock::duration(quiet - age);
}

}  // namespace

/// One reload after the other, and none while the state file is read: what is read belongs to the
/// configuration that it was asked by.
task<void> Daemon::keep_configuration() {
    for (;;) {
        while (!life_.reload_wanted || life_.restoring) {
            co_await life_.news.async_wait(nothrow);
            if (life_.stopping) co_return;
        }
        Clock::duration pause = until_quiet(options_.config_file);
        for (int waits = 0; pause.count() > 0 && waits < most_waits; ++waits) {
            const bool slept = co_await sleep_until(Clock::now() + pause);
            if (!slept) co_return;
            pause = until_quiet(options_.config_file);
        }
        if (life_.restoring) continue;
        life_.reload_wanted = false;
        reload();
    }
}

void Daemon::reload() {
    systemd::reloading();
    ParsedConfig parsed = load_config(options_.config_file, &config_);
    admin_.reloads.problems.clear();
    for (const Problem& problem : parsed.errors) {
        log::error(problem.text());
        admin_.reloads.problems.push_back("error: " + problem.text());
    }
    for (const Problem& warning : parsed.warnings) {
        log::warning(warning.text());
        admin_.reloads.problems.push_back("warning: " + warning.text());
    }
    const std::string refusal = admin_.reloads.refusal = taken(parsed);
    admin_.reloads.last = wall_seconds(WallClock::now());
    admin_.reloads.last_good = refusal.empty();
    admin_.reloads.errors = parsed.errors.size();
    if (refusal.empty()) {
        ++admin_.reloads.good;
        admin_.reloads.last_success = admin_.reloads.last;
    } else {
        ++admin_.reloads.failed;
        log::error(refusal, {{"file", options_.config_file}});
        look_after_sockets();
    }
    systemd::ready();
    life_.reloaded.cancel();
}

/// For the verb, whose answer is the outcome. A reload that another asked for meanwhile is as good. False
/// when the daemon stops instead.
task<bool> Daemon::reload_now() {
    const std::uint64_t begun = reloads_begun();
    life_.reload_wanted = true;
    life_.news.cancel();
    while (reloads_begun() == begun && !life_.stopping) co_await life_.reloaded.async_wait(nothrow);
    co_return reloads_begun() != begun;
}

/// All of it or nothing: why nothing, or an empty text.
std::string Daemon::taken(const ParsedConfig& fresh) {
    if (!fresh.errors.empty()) return "the configuration has errors; the old one stays";
    if (std::string cut = looks_cut(options_.given, fresh.given); !cut.empty()) return cut;
    const Plan next = plan(&config_, fresh.config, sockets_.intake_passed);
    auto opened = open_listeners(next, {});
    const bool without_control = next.control == ListenerStep::open || next.control == ListenerStep::move;
    if (!opened || (without_control && !opened->control))
        return "a new address cannot be listened on; the old configuration stays";
    if (const std::string gone = keys_gone(options_.given, fresh.given); !gone.empty())
        log::info("keys that the file does not give any more have their defaults", {{"keys", gone}});
    options_.given = fresh.given;
    apply(next);
    listen(next, *std::move(opened));
    look_after_sockets();
    if (!next.restart_keys.empty())
        log::warning("some changes take effect at the next start", {{"keys", next.restart_keys}});
    log::info("configuration reloaded", {{"file", options_.config_file}});
    return {};
}

/// At the start and at each reload.
void Daemon::apply(const Plan& plan) {
    const Config& config = config_ = plan.config;
    log::configure(config.log);
    // What must not leave any more does not, before anything else changes.
    pipeline_.filter(config.gate);
    pipeline_.policy().configure(config.policy);
    pipeline_.repeats().configure(config.policy.repeat_after);
    if (served_) served_->configure(config.gate);
    state_.journal.configure(config.state.max_pending);
    state_.prevalence.configure(config.state.max_seen);
    state_.asked_names.configure(config.state.max_names);
    state_.snapshot.configure(config.cache.memory.entries);
    sources_.submit.configure(config.reader);
    sources_.intake.configure(config.intake);
    sources_.spool.configure(config.spool);
    sources_.files.configure(config.files, config.reader);
    state_.domains.configure(config.max_domains());
    shared_.configure(config.shared);
    composition_.configure(config);
    Secret authorization;
    if (!config.admin.password.empty()) authorization = basic_auth("enrichd", config.admin.password);
    admin_.http.set_access({config.admin.tls, std::move(authorization)});
    run_.services.spawn("cache", composition_.shrink());
    admin_.reloads.restart_keys = plan.restart_keys;
}

}  // namespace enrichd
