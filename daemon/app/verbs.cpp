#include "app/verbs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/ask_running.hpp"
#include "app/daemon.hpp"
#include "app/inspect.hpp"
#include "app/policy_tests.hpp"
#include "app/replay.hpp"
#include "app/signals.hpp"
#include "app/support.hpp"
#include "app/systemd.hpp"
#include "app/verb_output.hpp"
#include "base/read_file.hpp"
#include "cli/cache_dump.hpp"
#include "cli/console.hpp"
#include "cli/control_client.hpp"
#include "cli/control_verbs.hpp"
#include "cli/list_presets.hpp"
#include "cli/policy_verbs.hpp"
#include "cli/seen.hpp"
#include "cli/terminal.hpp"
#include "cli/top.hpp"
#include "config/config.hpp"
#include "config/sections.hpp"
#include "config/version.hpp"
#include "wazuh/doctor.hpp"
#include "wazuh/self_test.hpp"
#include "wazuh/setup.hpp"

namespace enrichd {
namespace {

/// Reads the configuration for a verb that prints a report; nothing when it is bad, which has been said.
std::optional<Config> configuration(const Arguments& arguments, ParsedConfig (*read)(const std::string&)) {
    ParsedConfig parsed = read(arguments.config);
    print(std::cerr, parsed.errors, "error: ");
    if (!parsed.errors.empty()) return std::nullopt;
    log::configure({log::Level::off, log::Format::text});  // the report says what went wrong
    return std::move(parsed.config);
}

ParsedConfig with_keys(const std::string& file) {
    return load_config(file);
}

/// About what the command line names.
int ask_about(const Arguments& arguments, Report (*ask)(const Config&, const std::string&)) {
    return ask_running(arguments, [&](const Config& config) { return ask(config, arguments.subject); });
}

/// Runs a verb that needs the configuration alone.
template <class Work>
int report(const Arguments& arguments, Work work) {
    const auto config = configuration(arguments, read_config);
    return config ? print(arguments, work(*config)) : exit_config;
}

/// Runs a verb that may ask the providers, and so needs the key.
template <class Work>
int ask(const Arguments& arguments, Work work) {
    const auto config = configuration(arguments, with_keys);
    return config ? print(arguments, work(*config)) : exit_config;
}

/// Where install remembers in which directories it was.
std::string record_of(const Arguments& arguments) {
    return (std::filesystem::absolute(arguments.config).parent_path() / "wazuh_homes.json").string();
}

/// A line on the terminal that is written over; nothing when nobody looks.
void show_progress(double share) {
    if (::isatty(STDERR_FILENO) == 0) return;
    constexpr int width = 40;
    const int done = static_cast<int>(share * width);
    std::cerr << "\r[" << std::string(static_cast<std::size_t>(done), '#')
              << std::string(static_cast<std::size_t>(width - done), ' ') << "] "
              << static_cast<int>(share * 100) << " %" << (share >= 1 ? "\n" : "") << std::flush;
}

/// Events that come on the same terminal are progress enough, and would stand on the same line.
void show_progress_beside_events(double share) {
    if (::isatty(STDOUT_FILENO) == 0) show_progress(share);
}

int ask_provider(const Arguments& arguments, const char* act) {
    return ask_running(arguments,
                       [&](const Config& config) { return daemon_provider(config, act, arguments.subject); });
}

CacheRequest which(const Arguments& arguments) {
    return {arguments.subject, arguments.suffix, arguments.negative};
}

/// The key of a service by LoadCredential is seen by the daemon alone, so it is asked.
Inspected::Answer ask_daemon(const Config& config, const nlohmann::json& question) {
    ControlClient daemon(config.admin.socket);
    auto answer = daemon.ask(question.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
    if (!answer) return {"", daemon.failure()};
    return {*std::move(answer), ""};
}

AskDaemon running_daemon(const Config& config) {
    return [&config](std::string_view verb, const std::string& name) {
        return ask_daemon(config, {{"verb", verb}, {"name", name}});
    };
}

}  // namespace

namespace verbs {

int run(const Arguments& arguments) {
    // What is set for the whole process is set here, before there are threads.
    signals::prepare();
    ::umask(0027);  // names of hosts are nobody else's business, whatever we are started with
    std::vector<Fd> passed = systemd::passed_sockets();
    const ParsedConfig parsed = load_config(arguments.config);
    print(std::cerr, parsed.errors, "error: ");
    if (!parsed.errors.empty()) return exit_config;
    log::configure(parsed.config.log);
    for (const Problem& warning : parsed.warnings) log::warning(warning.text());
    ::umask(0027);  // before there are threads; what is for others to read is given its mode where it is made
    Daemon daemon(parsed.config, {arguments.config, arguments.once, std::move(passed), parsed.given});
    return daemon.run();
}

int lookup(const Arguments& arguments) {
    return ask(arguments, [&](const Config& config) {
        std::string known = "{}";
        if (!arguments.no_cache) {
            const Inspected::Answer answer =
                ask_daemon(config, {{"verb", "cache get"}, {"name", arguments.subject}});
            if (!answer.json.empty()) known = answer.json;
        }
        return inspect_name(config, arguments.subject, known, running_daemon(config));
    });
}

int explain(const Arguments& arguments) {
    const auto bytes = read_file_up_to(arguments.subject, WIRE_MAX_ALERT);
    if (!bytes || bytes->empty()) {
        std::cerr << fit_for_terminal(arguments.subject) << ": "
                  << (bytes ? "the file is empty" : bytes.error().message()) << "\n";
        return 1;
    }
    return ask(arguments,
               [&](const Config& config) { return inspect_alert(config, *bytes, running_daemon(config)); });
}

int replay(const Arguments& arguments) {
    if (!arguments.dry_run)
        return report(arguments, [&](const Config& config) {
            return enrichd::replay(config, arguments.subject, show_progress);
        });
    const auto config = configuration(arguments, with_keys);
    if (!config) return exit_config;
    const Report report = rehearse(*config, arguments.subject, std::cout, show_progress_beside_events);
    std::cout << std::flush;
    const std::string& summary = arguments.format == "json" ? report.json : report.human;
    std::cerr << lines_for_terminal(summary + (report.error.empty() ? "" : report.error + "\n"));
    return report.good ? 0 : 1;
}

int test(const Arguments& arguments) {
    return report(arguments,
                  [&](const Config& config) { return run_policy_tests(config, arguments.subject); });
}

int status(const Arguments& arguments) {
    if (arguments.every <= 0) return ask_running(arguments, daemon_status);
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    for (;;) {
        if (terminal) std::cout << "\x1b[H\x1b[2J";
        const int code = ask_running(arguments, daemon_status);
        if (code == exit_config || !std::cout) return code;
        std::this_thread::sleep_for(std::chrono::duration<double>(arguments.every));
    }
}

int cache_stats(const Arguments& arguments) {
    return ask_running(arguments, daemon_cache_stats);
}

int cache_get(const Arguments& arguments) {
    return ask_about(arguments, daemon_cache_get);
}

int cache_list(const Arguments& arguments) {
    return ask_running(arguments,
                       [&](const Config& config) { return daemon_cache_list(config, which(arguments)); });
}

int cache_flush(const Arguments& arguments) {
    return ask_running(arguments,
                       [&](const Config& config) { return daemon_cache_flush(config, which(arguments)); });
}

int cache_dump(const Arguments& arguments) {
    return ask_running(arguments, daemon_cache_dump);
}

int cache_load(const Arguments& arguments) {
    return ask_about(arguments, daemon_cache_load);
}

int queue(const Arguments& arguments) {
    return ask_running(arguments, daemon_queue);
}

int shared_status(const Arguments& arguments) {
    return ask_running(arguments, daemon_shared);
}

int provider_pause(const Arguments& arguments) {
    return ask_provider(arguments, "pause");
}

int provider_resume(const Arguments& arguments) {
    return ask_provider(arguments, "resume");
}

int provider_reset(const Arguments& arguments) {
    return ask_provider(arguments, "reset");
}

/// What is wrong with the file the daemon says itself. When it cannot be asked, its socket may be another
/// one.
int reload(const Arguments& arguments) {
    const ParsedConfig parsed = read_config(arguments.config);
    log::configure({log::Level::off, log::Format::text});
    Report report = answer_of(daemon_reload, parsed.config);
    if (report.json.empty()) {
        print(std::cerr, parsed.errors, "error: ");
        report.error += "\nsystemctl reload enrichd needs no admin socket; then see journalctl -u enrichd";
    }
    return print(arguments, report);
}

int top(const Arguments& arguments) {
    const TopRequest request{arguments.seconds, arguments.format == "json"};
    return ask_running(arguments,
                       [&](const Config& config) { return daemon_top(config, request, std::cout); });
}

int log_level(const Arguments& arguments) {
    return ask_about(arguments, daemon_log_level);
}

int lists(const Arguments& arguments) {
    return ask_running(arguments, daemon_lists);
}

int lists_test(const Arguments& arguments) {
    return ask_about(arguments, daemon_lists_test);
}

int lists_reload(const Arguments& arguments) {
    return ask_about(arguments, daemon_lists_reload);
}

int lists_preset(const Arguments& arguments) {
    return print(arguments, preset_report(arguments.subject));
}

int allow_add(const Arguments& arguments) {
    const AllowRequest request{arguments.subject, arguments.kinds, arguments.until, arguments.note};
    return ask_running(arguments, [&](const Config& config) { return daemon_allow_add(config, request); });
}

int allow_remove(const Arguments& arguments) {
    return ask_about(arguments, daemon_allow_remove);
}

int allow_list(const Arguments& arguments) {
    return ask_running(arguments, daemon_allow_list);
}

int allow_check(const Arguments& arguments) {
    return ask_about(arguments, daemon_allow_check);
}

int why(const Arguments& arguments) {
    return ask_about(arguments, daemon_why);
}

int recent(const Arguments& arguments) {
    return ask_running(arguments, daemon_recent);
}

int console(const Arguments& arguments) {
    ConsoleRequest request;
    request.port = static_cast<std::uint16_t>(arguments.port);
    return ask_running(arguments,
                       [&](const Config& config) { return daemon_console(config, request, std::cout); });
}

int tap(const Arguments& arguments) {
    const TapRequest request{arguments.suffix, arguments.agent,
                             arguments.json_lines || arguments.format == "json"};
    return ask_running(arguments,
                       [&](const Config& config) { return daemon_tap(config, request, std::cout); });
}

int seen_import(const Arguments& arguments) {
    return report(arguments,
                  [&](const Config& config) { return enrichd::seen_import(config, arguments.subject); });
}

int seen_export(const Arguments& arguments) {
    return report(arguments, enrichd::seen_export);
}

int seen_count(const Arguments& arguments) {
    return report(arguments, enrichd::seen_count);
}

int seen_forget(const Arguments& arguments) {
    return report(arguments,
                  [&](const Config& config) { return enrichd::seen_forget(config, arguments.subject); });
}

/// Also with a configuration that is wrong: then a supporter is needed most.
int support(const Arguments& arguments) {
    const ParsedConfig parsed = read_config(arguments.config);
    log::configure({log::Level::off, log::Format::text});
    return print(arguments,
                 write_support_file(parsed.config, arguments.config, arguments.subject, arguments.with_log));
}

int wazuh_install(const Arguments& arguments) {
    wazuh::Choice choice{wazuh::alert_source_named(arguments.alert_source), {}};
    if (!arguments.event_kinds.empty()) {
        choice.events = arguments.event_kinds;
        std::erase(*choice.events, no_events);
    }
    return report(arguments, [&](const Config& config) {
        const wazuh::Setup setup{config, record_of(arguments), arguments.config};
        if (arguments.refresh) return wazuh::refresh(setup);
        return wazuh::install(setup, arguments.wazuh_home, arguments.write, choice);
    });
}

int wazuh_uninstall(const Arguments& arguments) {
    return report(arguments, [&](const Config& config) {
        const wazuh::Setup setup{config, record_of(arguments), arguments.config};
        return wazuh::uninstall(setup, arguments.wazuh_home, arguments.write);
    });
}

int wazuh_doctor(const Arguments& arguments) {
    return report(arguments,
                  [&](const Config& config) { return wazuh::doctor(config, arguments.wazuh_home); });
}

int selftest(const Arguments& arguments) {
    return report(arguments,
                  [&](const Config& config) { return wazuh::self_test(config, arguments.wazuh_home); });
}

int version(const Arguments& arguments) {
    std::cout << lines_for_terminal(arguments.format == "json" ? version_json() : version_text());
    return 0;
}

}  // namespace verbs
}  // namespace enrichd
