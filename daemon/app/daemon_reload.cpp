// Daemon: the configuration is read again.
#include <sys/stat.h>

#include <chrono>
#include <string>
#include <utility>

#include "app/daemon.hpp"
#include "app/given.hpp"
#include "app/part_options.hpp"
#include "app/restart_keys.hpp"
#include "app/systemd.hpp"
#include "app/upstreams.hpp"

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
    const auto since =
        std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
    const auto age = WallClock::now().time_since_epoch() - since;
    return age.count() < 0 || age >= quiet ? Clock::duration() : Clock::duration(quiet - age);
}

}  // namespace

/// One reload after the other, and none while the state file is read: what is read belongs to the
/// configuration that it was asked by.
task<void> Daemon::keep_configuration() {
    for (;;) {
        while (!reload_wanted_ || restoring_) {
            co_await reload_news_.async_wait(nothrow);
            if (stopping_) co_return;
        }
        Clock::duration pause = until_quiet(options_.config_file);
        for (int waits = 0; pause.count() > 0 && waits < most_waits; ++waits) {
            const bool slept = co_await sleep_until(Clock::now() + pause);
            if (!slept) co_return;
            pause = until_quiet(options_.config_file);
        }
        if (restoring_) continue;
        reload_wanted_ = false;
        reload();
    }
}

void Daemon::reload() {
    systemd::reloading();
    ParsedConfig parsed = load_config(options_.config_file, &config_);
    for (const Problem& warning : parsed.warnings) log::warning(warning.text());
    for (const Problem& problem : parsed.errors) log::error(problem.text());
    const std::string refusal = taken(parsed);
    reloads_.last = wall_seconds(WallClock::now());
    reloads_.last_good = refusal.empty();
    reloads_.errors = parsed.errors.size();
    if (refusal.empty()) {
        ++reloads_.good;
        reloads_.last_success = reloads_.last;
    } else {
        ++reloads_.failed;
        log::error(refusal, {{"file", options_.config_file}});
        look_after_sockets();
    }
    systemd::ready();
}

/// All of it or nothing: why nothing, or an empty text.
std::string Daemon::taken(const ParsedConfig& fresh) {
    if (!fresh.errors.empty()) return "the configuration has errors; the old one stays";
    if (std::string cut = looks_cut(options_.given, fresh.given); !cut.empty()) return cut;
    auto doors = open_changed_doors(config_, fresh.config, intake_passed_);
    if (!doors) return "a new address cannot be listened on; the old configuration stays";
    if (const std::string gone = keys_gone(options_.given, fresh.given); !gone.empty())
        log::info("keys that the file does not give any more have their defaults", {{"keys", gone}});
    options_.given = fresh.given;
    apply(fresh.config);
    move_doors(fresh.config, *std::move(doors));
    return {};
}

void Daemon::apply(const Config& config) {
    log::configure(config.log);
    // What must not leave any more does not, before anything else changes.
    config_.gate = config.gate;
    enricher_.configure(enricher_options(config));
    if (server_) server_->configure(config.gate);
    cache_.configure(domain_stats_cache_options(config));
    journal_.configure(config.state.max_pending);
    snapshot_.configure(config.cache.entries);
    submit_.configure(config.reader);
    intake_.configure(config.intake);
    spool_.configure(spool_options(config));
    domains_.configure(config.domain_stats.embedded.max_domains);
    if (verdicts_ && config.domain_stats.mode == config_.domain_stats.mode) {
        judge_->configure(config.domain_stats);
        if (memory_.judge_changed(judge_->rules(config.domain_stats))) verdicts_->provider_changed();
        verdicts_->slots(slots_of(config.domain_stats));
        verdicts_->retry_for(config.domain_stats.retry_for);
        verdicts_->keep_for(config.keep_for);
    }
    if (reputation_ && !config.otx.key.empty()) apply_otx(config);
    memory_.keep_for(config.keep_for);
    services_.spawn("cache", memory_.shrink());
    reloads_.restart_keys = restart_keys(config_, config);
    if (!reloads_.restart_keys.empty())
        log::warning("some changes take effect at the next start", {{"keys", reloads_.restart_keys}});
    log::info("configuration reloaded", {{"file", options_.config_file}});
}

void Daemon::apply_otx(const Config& config) {
    const bool new_key = config.otx.key != config_.otx.key;
    const bool new_server = config.otx.url != config_.otx.url;
    memory_.otx_changed(Memory::text_of(config.otx.filter, config.otx.url));
    otx_cache_.configure(otx_cache_options(config));
    otx_http_->configure(otx_http(config.otx));
    otx_->configure(otx_options(config.otx));
    reputation_->configure(reputation_options(config), new_key, new_server);
    config_.otx.key = config.otx.key;
    config_.otx.filter = config.otx.filter;
    config_.otx.url = config.otx.url;
}

}  // namespace enrichd
