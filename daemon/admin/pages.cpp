#include "admin/pages.hpp"

#include <string>

#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "admin/status.hpp"
#include "admin/status_page.hpp"

namespace enrichd {
namespace {

constexpr std::string_view text = "text/plain; charset=utf-8";

HttpReply ready_page(const View& view, bool verbose) {
    const auto checks = run_checks(view);
    const bool ready = overall(checks) != Health::down;
    HttpReply page{ready ? 200U : 503U, text, {}};
    for (const Check& check : checks)
        if (verbose || check.health == Health::down)
            page.body.append(check.name)
                .append(": ")
                .append(label(check.health))
                .append(check.detail.empty() ? "" : ", ")
                .append(check.detail)
                .append("\n");
    page.body.append(ready ? "ready\n" : "not ready\n");
    return page;
}

}  // namespace

task<HttpReply> AdminPages::answer(HttpQuestion question) {
    co_return page(question.target);
}

HttpReply AdminPages::page(std::string_view target) const {
    const std::string_view path = target.substr(0, target.find('?'));
    const std::string_view query =
        path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
    if (path == "/livez") return {200, text, "ok\n"};
    if (path == "/readyz") return ready_page(view_, query.starts_with("verbose"));
    if (path == "/healthz")
        return {overall(run_checks(view_)) == Health::down ? 503U : 200U, "application/json",
                health_json(view_)};
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(view_)};
    if (path == "/status") return {200, "application/json", status_json(view_) + "\n"};
    if (path == "/runbook") return {200, text, std::string(runbook())};
    if (path == "/")
        return {200, "text/html; charset=utf-8", std::string(status_page()), status_page_policy()};
    return {404, text, "/ /status /runbook /livez /readyz /healthz /metrics\n"};
}

}  // namespace enrichd
