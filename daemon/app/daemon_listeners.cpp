// Daemon: where it listens, from the start over reloads to the stop.
#include <chrono>
#include <string>
#include <utility>

#include "app/daemon.hpp"

namespace enrichd {

/// Whoever is connected to one that closes stays so.
void Daemon::listen(const Plan& plan, Listeners opened) {
    const auto ends = [](ListenerStep step) {
        return step == ListenerStep::move || step == ListenerStep::close;
    };
    if (ends(plan.intake)) sockets_.intake.remove();
    if (ends(plan.intake)) sources_.intake.close();
    if (plan.intake == ListenerStep::leave) give_intake();
    if (ends(plan.admin)) admin_.http.close();
    if (ends(plan.control)) sockets_.control.remove();
    if (ends(plan.control)) admin_.socket.close();
    if (ends(plan.served) && served_) served_->listener().close();
    if (opened.intake) listen_for_alerts(*std::move(opened.intake));
    if (opened.admin) run_.services.spawn("admin", admin_.http.listen(*std::move(opened.admin)));
    if (opened.control) listen_for_control(*std::move(opened.control));
    if (!opened.served) return;
    if (!served_) build_server();
    run_.services.spawn("domain stats", served_->listener().listen(*std::move(opened.served)));
}

void Daemon::listen_for_alerts(UnixListener opened) {
    sockets_.intake = std::move(opened.file);
    run_.services.spawn("intake", sources_.intake.listen(std::move(opened.socket)));
}

void Daemon::listen_for_control(UnixListener opened) {
    sockets_.control = std::move(opened.file);
    run_.services.spawn("admin socket", admin_.socket.listen(std::move(opened.socket)));
}

/// Its rights may be other ones.
void Daemon::give_intake() {
    if (sockets_.intake_passed || !sockets_.intake.there()) return;
    const auto given =
        sockets_.intake.give(config_.intake.socket_mode, AllowList(config_.intake.allow).first_group());
    if (!given)
        log::warning("the rights of the intake socket cannot be changed",
                     {{"detail", given.error().message()}});
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
    std::string& trouble = sockets_.intake_trouble;
    std::string now;
    if (!sockets_.intake.there() && sockets_.intake_passed) {
        now =
            "the socket's file was removed; alerts are spooled; systemctl restart enrichd.socket makes it "
            "anew";
    } else if (!sockets_.intake.there()) {
        auto opened = open_intake(config_.intake);
        if (opened) {
            log::warning("the intake socket had been removed; it is open again",
                         {{"path", config_.intake.socket}});
            sources_.intake.close();
            listen_for_alerts(*std::move(opened));
        } else {
            now = "the socket was removed and cannot be opened again; alerts are spooled: " +
                  why_not(UnixSocket::packets, config_.intake.socket,
                          AllowList(config_.intake.allow).first_group(), opened.error());
        }
    }
    if (now == trouble) return;
    trouble = std::move(now);
    if (!trouble.empty())
        log::error("the intake socket was removed", {{"path", sockets_.intake.path()}, {"detail", trouble}});
}

void Daemon::look_after_control() {
    std::string& trouble = sockets_.control_trouble;
    std::string now;
    if (!config_.admin.socket.empty() && !sockets_.control.there()) {
        const bool removed = static_cast<bool>(sockets_.control);
        auto opened = open_control(config_.admin.socket);
        if (opened) {
            log::warning(removed ? "the admin socket had been removed; it is open again"
                                 : "the admin socket is open now",
                         {{"path", config_.admin.socket}});
            admin_.socket.close();
            listen_for_control(*std::move(opened));
        } else {
            now = "the admin socket cannot be opened: " +
                  why_not(UnixSocket::stream, config_.admin.socket, -1, opened.error());
        }
    }
    if (now == trouble) return;
    trouble = std::move(now);
    if (!trouble.empty())
        log::warning("the admin socket is not open", {{"path", config_.admin.socket}, {"detail", trouble}});
}

}  // namespace enrichd
