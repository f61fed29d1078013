// Daemon: the configuration is read again.
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "app/daemon.hpp"
#include "app/part_options.hpp"
#include "app/restart_keys.hpp"
#include "app/systemd.hpp"
#include "app/upstreams.hpp"

namespace enrichd {

void Daemon::reload() {
    systemd::reloading();
    ParsedConfig parsed = load_config(options_.config_file, &config_);
    for (const Problem& warning : parsed.warnings) log::warning(warning.text());
    for (const Problem& problem : parsed.errors) log::error(problem.text());
    std::optional<Doors> doors;
    if (parsed.errors.empty())
        doors = open_changed_doors(config_, parsed.config, {!own_socket_, own_control_});
    reloads_.last = wall_seconds(WallClock::now());
    reloads_.last_good = doors.has_value();
    reloads_.errors = parsed.errors.size();
    if (doors) {
        ++reloads_.good;
        reloads_.last_success = reloads_.last;
        apply(parsed.config);
        move_doors(parsed.config, *std::move(doors));
    } else {
        ++reloads_.failed;
        log::error(parsed.errors.empty() ? "a new address cannot be listened on; the old configuration stays"
                                         : "the configuration has errors; the old one stays");
    }
    systemd::ready();
}

namespace {

/// Who may knock may have changed.
void give_to_group(const std::string& socket, const IntakeOptions& intake) {
    const int group = AllowList(intake.allow).first_group();
    const bool given =
        group < 0 || ::chown(socket.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0;
    if (!given || ::chmod(socket.c_str(), intake.socket_mode) != 0)
        log::warning("the rights of the intake socket cannot be changed",
                     {{"detail", last_error().message()}});
}

}  // namespace

/// Who is connected stays so.
void Daemon::move_doors(const Config& config, Doors doors) {
    if (doors.intake) {
        intake_.close();
        ::unlink(config_.intake.socket.c_str());
        config_.intake.socket = config.intake.socket;
        config_.intake.socket_mode = config.intake.socket_mode;
    } else if (own_socket_) {
        give_to_group(config_.intake.socket, config.intake);
    }
    if (config.admin_listen != config_.admin_listen) admin_.close();
    config_.admin_listen = config.admin_listen;
    if (doors.control || config.admin_socket.empty()) {
        levers_server_.close();
        if (own_control_ && config.admin_socket != config_.admin_socket)
            ::unlink(config_.admin_socket.c_str());
        config_.admin_socket = config.admin_socket;
        own_control_ = doors.control.has_value();
    }
    if (config.domain_stats.serve != config_.domain_stats.serve && served_) served_->close();
    if (!verdicts_) doors.served.reset();
    if (doors.served && !served_) build_server();
    if (verdicts_) config_.domain_stats.serve = config.domain_stats.serve;
    listen(std::move(doors));
}

void Daemon::apply(const Config& config) {
    log::configure(config.log);
    cache_.configure(domain_stats_cache_options(config));
    journal_.configure(config.state.max_pending);
    snapshot_.configure(config.cache.entries);
    enricher_.configure(enricher_options(config));
    intake_.configure(config.intake);
    config_.gate = config.gate;
    spool_.configure(spool_options(config));
    domains_.configure(config.domain_stats.embedded.max_domains);
    if (server_) server_->configure(config.gate);
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
