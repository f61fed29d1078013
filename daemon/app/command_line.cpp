#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

#include "app/verbs.hpp"
#include "app/version.hpp"

namespace enrichd {
namespace {

using Act = int (*)(const Arguments&);

constexpr const char* uses_up =
    "With domain_stats.mode http, a domain that the server has never seen counts as seen from then on.";

/// Puts the verbs under the program, each with what it takes.
class Builder {
  public:
    Builder(CLI::App& app, Arguments& arguments, int& code) : app_(app), arguments_(arguments), code_(code) {}

    void all() {
        running();
        looking();
        asking_the_daemon();
        seen();
        wazuh();
        rest();
    }

  private:
    void running() {
        CLI::App* run = with_config(verb(&app_, "run", "run the daemon in the foreground", verbs::run));
        run->add_flag("--once", arguments_.once, "end when the intake is idle and all work is done");
        CLI::App* check = with_config(verb(&app_, "check", "check the configuration", verbs::check));
        with_format(check);
        check->add_flag("--show", arguments_.show, "print the effective configuration, secrets masked");
    }
    void looking() {
        CLI::App* lookup = reporting(
            &app_, "lookup", "tell what is known of one name, and ask for what is not", verbs::lookup);
        subject(lookup, "NAME", "the name");
        lookup->add_flag("--no-cache", arguments_.no_cache, "ask, whatever the running daemon knows");
        lookup->footer(uses_up);
        CLI::App* explain =
            reporting(&app_, "explain", "show each step for one alert; sends no event", verbs::explain);
        subject(explain, "ALERT-FILE", "an alert as Wazuh writes it, or an active response's line");
        explain->footer(uses_up);
        CLI::App* replay =
            reporting(&app_, "replay", "hand the alerts of a file to the running daemon", verbs::replay);
        subject(replay, "FILE", "alerts, one JSON a line, such as Wazuh's alerts.json");
        replay->add_flag(
            "--dry-run", arguments_.dry_run,
            "ask the providers without the daemon, and print the events instead of sending them");
        replay->footer(
            "What the daemon has had lately is not worked on again. Alerts without a name are left out. A "
            "dry run asks "
            "OTX about as many names as otx.requests_per_hour at most. With domain_stats.mode http, a domain "
            "that the "
            "server has never seen counts as seen from then on.");
    }
    void asking_the_daemon() {
        CLI::App* status = reporting(&app_, "status", "tell what the running daemon is doing", verbs::status);
        status->add_option("-w,--watch", arguments_.every, "again and again, so many seconds apart")
            ->expected(0, 1)
            ->default_str("2")
            ->check(CLI::Range(0.2, 3600.0))
            ->option_text("[SECONDS]");
        CLI::App* cache = group("cache", "the verdicts that the running daemon remembers");
        reporting(cache, "stats", "how many there are, and how often they were of use", verbs::cache_stats);
        subject(reporting(cache, "get", "what is remembered of one name", verbs::cache_get), "NAME",
                "the name");
        CLI::App* flush = reporting(cache, "flush", "forget them all, or those of one name and its domain",
                                    verbs::cache_flush);
        flush->add_option("NAME", arguments_.subject, "the name")->check([](const std::string& name) {
            return name.empty() ? "is empty; without NAME everything is forgotten" : "";
        });
        CLI::App* log = group("log", "the log of the running daemon");
        CLI::App* level =
            reporting(log, "level", "tell its level, or set it until the next reload", verbs::log_level);
        level->add_option("LEVEL", arguments_.subject, "debug, info, warning or error")
            ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    }
    void seen() {
        CLI::App* seen = group("seen", "the domains that were ever asked for here");
        seen->footer("Told to the running daemon; when none runs, to its state file.");
        subject(reporting(seen, "import", "count the domains of a list as seen", verbs::seen_import), "FILE",
                "one domain a line, a rank before it or the time of the first contact behind it");
        with_config(verb(seen, "export", "print them all, as import reads them", verbs::seen_export));
        reporting(seen, "count", "print how many there are", verbs::seen_count);
        subject(
            reporting(seen, "forget", "forget one: its next query is a first contact", verbs::seen_forget),
            "NAME", "the domain, or a host of it");
    }
    void wazuh() {
        CLI::App* wazuh = group("wazuh", "set up Wazuh's side on this host");
        const auto side = [&](const char* name, const char* about, Act act) {
            CLI::App* one = reporting(wazuh, name, about, act);
            one->add_option("--home", arguments_.wazuh_home, "Wazuh's directory, else as wazuh.home says")
                ->option_text("DIR");
            return one;
        };
        CLI::App* install =
            side("install", "put the shim and the rules in their places, and show what ossec.conf needs",
                 verbs::wazuh_install);
        install->add_flag("--write", arguments_.write, "put that into ossec.conf too, after a backup");
        install->add_flag("--refresh", arguments_.refresh,
                          "only bring up to date what an earlier install put there, in every home");
        CLI::App* uninstall = side("uninstall", "take shim and rules away again", verbs::wazuh_uninstall);
        uninstall->add_flag("--write", arguments_.write, "and what install wrote into ossec.conf");
        side("doctor", "look for what goes wrong in practice, and say how to mend it", verbs::wazuh_doctor);
    }
    void rest() {
        CLI::App* support = with_config(
            verb(&app_, "support", "write what a supporter needs to know into one file", verbs::support));
        support->add_option("FILE", arguments_.subject,
                            "the file, else enrichd-support-TIME.txt; '-' is standard output");
        support->add_flag("--with-log", arguments_.with_log,
                          "also the last lines of the journal, which may name hosts and domains");
        support->footer(
            "Keys, passwords, internal domains and host names are masked. Read it before you send it.");
        CLI::App* shell = app_.add_subcommand("completion", "print the completion script of a shell");
        shell->add_option("SHELL", arguments_.subject, "bash or zsh")
            ->required()
            ->check(CLI::IsMember({"bash", "zsh"}));
        shell->callback(
            [&arguments = arguments_, &app = app_] { std::cout << completion(app, arguments.subject); });
        with_format(verb(&app_, "version", "print version, build and libraries", verbs::version));
    }

    CLI::App* group(const char* name, const char* about) {
        CLI::App* one = app_.add_subcommand(name, about);
        one->require_subcommand(1);
        return one;
    }
    CLI::App* verb(CLI::App* parent, const char* name, const char* about, Act act) {
        CLI::App* one = parent->add_subcommand(name, about);
        one->callback([&arguments = arguments_, &code = code_, act] { code = act(arguments); });
        return one;
    }
    /// One that needs the configuration and prints a report.
    CLI::App* reporting(CLI::App* parent, const char* name, const char* about, Act act) {
        return with_format(with_config(verb(parent, name, about, act)));
    }
    CLI::App* with_config(CLI::App* one) {
        one->add_option("-c,--config", arguments_.config, "configuration file")
            ->capture_default_str()
            ->option_text("FILE");
        return one;
    }
    CLI::App* with_format(CLI::App* one) {
        one->add_option("-o,--output", arguments_.format, "human or json")
            ->check(CLI::IsMember({"human", "json"}))
            ->option_text("FORMAT");
        return one;
    }
    void subject(CLI::App* one, const char* name, const char* about) {
        one->add_option(name, arguments_.subject, about)->required();
    }

    CLI::App& app_;
    Arguments& arguments_;
    int& code_;
};

}  // namespace

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>("Enriches Wazuh's DNS alerts with Domain Stats and AlienVault OTX.",
                                      "enrichd")) {
    app_->require_subcommand(1);
    app_->set_version_flag("--version", enrichd::version);
    Builder(*app_, arguments_, code_).all();
}

CommandLine::~CommandLine() = default;

int CommandLine::run(int argc, char** argv) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app_->exit(e) == 0 ? 0 : exit_usage;
    }
    return code_;
}

}  // namespace enrichd
