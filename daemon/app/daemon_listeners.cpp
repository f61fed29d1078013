// Daemon: where it listens, from the start over reloads to the stop.
#include <chrono>
#include <string>
#include <utility>

#include "app/daemon.hpp"

namespace enrichd {

/// At each door that was opened.
void Daemon::listen(Doors doors) {
    if (doors.intake) {
        intake_file_ = std::move(doors.intake->file);
        services_.spawn("intake", intake_.listen(std::move(doors.intake->socket)));
    }
    if (doors.admin) services_.spawn("admin", admin_.listen(*std::move(doors.admin)));
    if (doors.control) {
        control_file_ = std::move(doors.control->file);
        services_.spawn("admin socket", levers_server_.listen(std::move(doors.control->socket)));
    }
    if (doors.served) services_.spawn("domain stats", served_->listen(*std::move(doors.served)));
}

/// Who is connected stays so.
void Daemon::move_doors(const Config& config, Doors doors) {
    if (doors.intake) {
        intake_file_.remove();
        intake_.close();
        config_.intake.socket = config.intake.socket;
    } else if (!intake_passed_ && intake_file_.there()) {
        const auto given =
            intake_file_.give(config.intake.socket_mode, AllowList(config.intake.allow).first_group());
        if (!given)
            log::warning("the rights of the intake socket cannot be changed",
                         {{"detail", given.error().message()}});
    }
    config_.intake.socket_mode = config.intake.socket_mode;
    config_.intake.allow = config.intake.allow;
    if (doors.admin || config.admin_listen.empty()) admin_.close();
    config_.admin_listen = config.admin_listen;
    if (doors.control || config.admin_socket.empty()) {
        control_file_.remove();
        levers_server_.close();
    }
    config_.admin_socket = config.admin_socket;
    if ((doors.served || config.domain_stats.serve.empty()) && served_) served_->close();
    if (!verdicts_) doors.served.reset();
    if (doors.served && !served_) build_server();
    if (verdicts_) config_.domain_stats.serve = config.domain_stats.serve;
    listen(std::move(doors));
    look_after_sockets();
}

/// Somebody may remove them, and without its file nobody finds a socket.
task<void> Daemon::watch_sockets() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + std::chrono::seconds(1)))
        look_after_sockets();
}

void Daemon::look_after_sockets() {
    look_after_intake();
    look_after_control();
}

void Daemon::look_after_intake() {
    std::string& trouble = intake_trouble_;
    std::string now;
    if (!intake_file_.there() && intake_passed_) {
        now =
            "the socket's file was removed; alerts are spooled; systemctl restart enrichd.socket makes it "
            "anew";
    } else if (!intake_file_.there()) {
        auto opened = open_intake(config_.intake);
        if (opened) {
            log::warning("the intake socket had been removed; it is open again",
                         {{"path", config_.intake.socket}});
            intake_.close();
            Doors doors;
            doors.intake = *std::move(opened);
            listen(std::move(doors));
        } else {
            now = "the socket was removed and cannot be opened again; alerts are spooled: " +
                  why_not(UnixSocket::packets, config_.intake.socket,
                          AllowList(config_.intake.allow).first_group(), opened.error());
        }
    }
    if (now == trouble) return;
    trouble = std::move(now);
    if (!trouble.empty())
        log::error("the intake socket was removed", {{"path", intake_file_.path()}, {"detail", trouble}});
}

void Daemon::look_after_control() {
    std::string& trouble = control_trouble_;
    std::string now;
    if (!config_.admin_socket.empty() && !control_file_.there()) {
        const bool removed = static_cast<bool>(control_file_);
        auto opened = open_control(config_.admin_socket);
        if (opened) {
            log::warning(removed ? "the admin socket had been removed; it is open again"
                                 : "the admin socket is open now",
                         {{"path", config_.admin_socket}});
            levers_server_.close();
            Doors doors;
            doors.control = *std::move(opened);
            listen(std::move(doors));
        } else {
            now = "the admin socket cannot be opened: " +
                  why_not(UnixSocket::stream, config_.admin_socket, -1, opened.error());
        }
    }
    if (now == trouble) return;
    trouble = std::move(now);
    if (!trouble.empty())
        log::warning("the admin socket is not open", {{"path", config_.admin_socket}, {"detail", trouble}});
}

}  // namespace enrichd
