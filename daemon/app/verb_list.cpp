#include "app/verb_list.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/verbs.hpp"
#include "config/nearest.hpp"
#include "model/finding_kind.hpp"
#include "wazuh/event_rules.hpp"

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
        configuration();
        looking();
        testing();
        asking_the_daemon();
        lists();
        allow();
        decisions();
        seen();
        wazuh();
        rest();
    }

  private:
    void running() {
        CLI::App* run = with_config(verb(&app_, "run", "run the daemon in the foreground", verbs::run));
        run->add_flag("--once", arguments_.once, "exit when the intake is idle and all work is done");
        CLI::App* check = with_config(verb(&app_, "check", "check the configuration", verbs::check));
        with_format(check);
        check->add_flag("--offline", arguments_.offline, "do not connect to the servers that it names");
        check->add_flag("--show", arguments_.show, "print the effective configuration, secrets masked");
        check->add_flag("--strict", arguments_.strict, "fail on warnings too");
        reporting(&app_, "reload", "have the running daemon read its configuration again; show what is wrong",
                  verbs::reload);
    }
    void configuration() {
        CLI::App* config = group("config", "the configuration: what is in effect, examples, schema");
        CLI::App* show = reporting(config, "show", "print the effective configuration, secrets masked",
                                   verbs::config_show);
        show->add_flag("--origin", arguments_.origin,
                       "a key a line, each with the line of the file that sets it, or that it is a default");
        verb(config, "example", "print a configuration file: every key with its default, commented out",
             verbs::config_example);
        verb(config, "schema", "print a JSON schema of the configuration, for editors", verbs::config_schema);
    }
    void looking() {
        CLI::App* lookup =
            reporting(&app_, "lookup", "show the verdicts on one name; ask for those that are not known yet",
                      verbs::lookup);
        subject(lookup, "NAME", "the name");
        lookup->add_flag("--no-cache", arguments_.no_cache,
                         "ask the providers, whatever the running daemon knows");
        lookup->footer(uses_up);
        CLI::App* explain =
            reporting(&app_, "explain", "show each step for one alert; sends no event", verbs::explain);
        subject(explain, "ALERT-FILE",
                "file with one alert as Wazuh writes it, or with one line of an active response");
        explain->footer(uses_up);
        CLI::App* replay =
            reporting(&app_, "replay", "hand the alerts of a file to the running daemon", verbs::replay);
        subject(replay, "FILE",
                "alerts, such as Wazuh's alerts.json or an export of the indexer, plain or gzip");
        replay->add_flag(
            "--dry-run", arguments_.dry_run,
            "ask the providers without the daemon, and print the events instead of sending them");
        replay->footer(
            "The file may hold one JSON document a line, an array, pretty-printed documents, or documents of "
            "the indexer (_source). An alert that the daemon had lately is not processed again. Alerts "
            "without "
            "a queried name are left out; when that leaves none, replay fails. A dry run ends when an "
            "upstream "
            "fails, and sends no more requests than the quota of an hour (requests_per_hour). With "
            "domain_stats.mode http, a domain that the server has never seen counts as seen from then on.");
    }
    void testing() {
        CLI::App* test = reporting(
            &app_, "test", "compare what the configuration decides with a file of tests", verbs::test);
        subject(test, "FILE", "YAML file: queries, what is known of them, what is expected");
        test->footer("Asks nobody, and needs no running daemon. docs/tuning.md has an example.");
    }
    void asking_the_daemon() {
        CLI::App* status = reporting(&app_, "status", "show what the running daemon is doing", verbs::status);
        status
            ->add_option("-w,--watch", arguments_.every,
                         "refresh every SECONDS seconds (default 2) until interrupted")
            ->expected(0, 1)
            ->default_str("2")
            ->check(CLI::Range(0.2, 3600.0))
            ->option_text("[SECONDS]");
        reporting(&app_, "queue",
                  "show pending work of the running daemon: open questions, outputs, spool, files",
                  verbs::queue);
        CLI::App* top =
            reporting(&app_, "top", "show the noisiest domains, agents and findings of the last five minutes",
                      verbs::top);
        top->add_option("--seconds", arguments_.seconds,
                        "count for SECONDS, print once and exit; without it the view is refreshed until "
                        "interrupted")
            ->check(CLI::Range(1.0, 300.0))
            ->option_text("SECONDS");
        CLI::App* cache = group("cache", "verdict cache of the running daemon");
        reporting(cache, "stats", "show the number of cached verdicts and the hit ratio", verbs::cache_stats);
        subject(reporting(cache, "get", "show the cached verdicts on one name", verbs::cache_get), "NAME",
                "the name");
        which(reporting(cache, "list", "show cached verdicts, the latest used first", verbs::cache_list));
        CLI::App* flush =
            reporting(cache, "flush", "remove all cached verdicts, or those on one name and its domain",
                      verbs::cache_flush);
        CLI::Option* name =
            flush->add_option("NAME", arguments_.subject, "the name")->check([](const std::string& text) {
                return text.empty() ? "is empty; without NAME everything is forgotten" : "";
            });
        which(flush, name);
        with_config(verb(cache, "dump", "print the verdicts that another host may use too, as JSON lines",
                         verbs::cache_dump));
        subject(
            reporting(cache, "load",
                      "load verdicts that another host has dumped; a younger one that is known here stays",
                      verbs::cache_load),
            "FILE", "the file, which may be gzip; - for standard input");
        CLI::App* provider = group("provider", "the upstreams of the running daemon");
        subject(reporting(provider, "pause", "ask it nothing until it is resumed, or the daemon starts again",
                          verbs::provider_pause),
                "NAME", "its name, as enrichd status shows it");
        subject(reporting(provider, "resume", "ask it again", verbs::provider_resume), "NAME",
                "its name, as enrichd status shows it");
        subject(reporting(provider, "reset", "end an outage, a cool-down or a Retry-After: ask it now",
                          verbs::provider_reset),
                "NAME", "its name, as enrichd status shows it");
        CLI::App* shared = group("shared", "the state that this host shares with others");
        reporting(shared, "status", "show the server, the hosts that use it, and what it was asked",
                  verbs::shared_status);
        CLI::App* log = group("log", "the log of the running daemon");
        CLI::App* level =
            reporting(log, "level", "show the log level, or set it until the next reload", verbs::log_level);
        level->add_option("LEVEL", arguments_.subject, "debug, info, warning or error")
            ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    }
    void lists() {
        CLI::App* lists =
            reporting(&app_, "lists", "show each list: names, age, hits, last error", verbs::lists);
        lists->callback([lists, &arguments = arguments_, &code = code_] {
            if (lists->get_subcommands().empty()) code = verbs::lists(arguments);
        });
        subject(reporting(lists, "test", "show which lists have a name", verbs::lists_test), "NAME",
                "the name");
        CLI::App* reload = reporting(lists, "reload", "load one list again now, or all", verbs::lists_reload);
        reload->add_option("LIST", arguments_.subject, "name of the list");
        CLI::App* preset =
            reporting(lists, "preset", "print the configuration of a well-known list", verbs::lists_preset);
        preset->add_option("NAME", arguments_.subject, "name of the preset; without one all are named");
    }
    void allow() {
        CLI::App* allow = group("allow", "the allowlist: names of which certain findings are not reported");
        constexpr const char* pattern = "the name; .SUFFIX is the name and all names below it";
        CLI::App* add = reporting(allow, "add", "add a name, or replace its entry", verbs::allow_add);
        subject(add, "NAME|.SUFFIX", pattern);
        std::vector<std::string> kinds(finding_kind_names.begin(), finding_kind_names.end());
        add->add_option(
               "--kinds", arguments_.kinds,
               "comma separated kinds of findings, else first_contact, low_frequency, suspect_frequency, "
               "new, nxdomain_burst and tunnel")
            ->delimiter(',')
            ->allow_extra_args(false)
            ->check(CLI::IsMember(kinds))
            ->option_text("KINDS");
        add->add_option("--until", arguments_.until,
                        "day from which it does not hold any more, such as 2027-01-31")
            ->option_text("DATE");
        add->add_option("--note", arguments_.note, "why it is there")->option_text("TEXT");
        subject(reporting(allow, "remove", "remove an entry", verbs::allow_remove), "NAME|.SUFFIX", pattern);
        reporting(allow, "list", "show all entries", verbs::allow_list);
        subject(reporting(allow, "check", "show what is silenced of a name", verbs::allow_check), "NAME",
                "the name");
    }
    void decisions() {
        CLI::App* why = reporting(&app_, "why", "show all that is known of a name; asks nobody", verbs::why);
        subject(why, "NAME", "the name");
        reporting(&app_, "recent", "show the latest events: time, domain, agent, findings", verbs::recent);
        CLI::App* console = with_config(
            verb(&app_, "console",
                 "serve a page with recent findings and a look-up box to one browser on this machine",
                 verbs::console));
        console
            ->add_option("--port", arguments_.port,
                         "listen on this port of 127.0.0.1; without it on one that is free")
            ->check(CLI::Range(1, 65535))
            ->option_text("PORT");
        CLI::App* tap = reporting(
            &app_, "tap", "print a line for each alert: name, agent, decision, reason, events", verbs::tap);
        tap->add_flag("--json", arguments_.json_lines, "one JSON object a line");
        tap->add_option("--name", arguments_.suffix, "only names that end so")->option_text("SUFFIX");
        tap->add_option("--agent", arguments_.agent, "only alerts of the agent with this id")
            ->option_text("ID");
    }
    void seen() {
        CLI::App* seen = group("seen", "domains that were ever queried here");
        seen->footer("Works on the running daemon; when none runs, on its state file.");
        subject(reporting(seen, "import", "import a list of domains that count as seen", verbs::seen_import),
                "FILE",
                "list of domains, plain or gzip: one a line, with a rank before it or the time of its first "
                "query "
                "after it; hosts files, adblock lists and URLs work too");
        with_config(
            verb(seen, "export", "print all domains, in the format that import reads", verbs::seen_export));
        reporting(seen, "count", "print the number of domains", verbs::seen_count);
        subject(reporting(seen, "forget", "remove one domain: its next query is a first contact",
                          verbs::seen_forget),
                "NAME", "the domain, or a host of it");
    }
    void wazuh() {
        CLI::App* wazuh = group("wazuh", "set up Wazuh's side on this host");
        const auto side = [&](const char* name, const char* about, Act act) {
            CLI::App* one = reporting(wazuh, name, about, act);
            home_option(one);
            return one;
        };
        CLI::App* install = side("install", "install the shim and the rules, and show what ossec.conf needs",
                                 verbs::wazuh_install);
        install->add_flag("--write", arguments_.write, "also write it into ossec.conf, after a backup");
        install->add_flag("--refresh", arguments_.refresh,
                          "only update what an earlier install put there, in every home");
        install
            ->add_option(
                "--source", arguments_.alert_source,
                "how alerts come: integration (the integrator runs the shim), alerts or archives (the "
                "daemon follows alerts.json or archives.json); else as before, at first integration")
            ->check(CLI::IsMember({"integration", "alerts", "archives"}))
            ->option_text("SOURCE");
        std::vector<std::string> kinds = wazuh::event_kind_names();
        std::string known;
        for (const std::string& kind : kinds) known += (known.empty() ? "" : ", ") + kind;
        kinds.emplace_back(no_events);
        install
            ->add_option("--events", arguments_.event_kinds,
                         "comma separated kinds of DNS events to make alerts of, beside Sysmon's: " + known +
                             "; none removes their rules; else as before, at first none")
            ->delimiter(',')
            ->allow_extra_args(false)
            ->check(CLI::IsMember(kinds))
            ->option_text("KINDS");
        CLI::App* uninstall = side("uninstall", "remove the shim and the rules", verbs::wazuh_uninstall);
        uninstall->add_flag("--write", arguments_.write, "also remove what install wrote into ossec.conf");
        side("doctor", "find set-up problems and suggest fixes", verbs::wazuh_doctor);
    }
    void home_option(CLI::App* verb) {
        verb->add_option("--home", arguments_.wazuh_home, "Wazuh's directory, else as wazuh.home says")
            ->option_text("DIR");
    }
    void rest() {
        CLI::App* selftest =
            reporting(&app_, "selftest", "send one marked alert through the shim and follow it to the output",
                      verbs::selftest);
        home_option(selftest);
        selftest->footer(
            "The name in the alert is not looked up. Wazuh gets one event (rule 100302, level 3). Run it as "
            "root: "
            "then the shim runs as Wazuh's user.");
        CLI::App* support = with_config(
            verb(&app_, "support", "write diagnostics for a support request into one file", verbs::support));
        support->add_option("FILE", arguments_.subject,
                            "the file, else enrichd-support-TIME.txt; '-' is standard output");
        support->add_flag("--with-log", arguments_.with_log,
                          "add the last lines of the log, which may name hosts and domains");
        support->footer(
            "Keys, passwords, internal domains and host names are masked. Read it before you send it.");
        CLI::App* shell = app_.add_subcommand("completion", "print the completion script of a shell");
        shell->add_option("SHELL", arguments_.subject, "bash, zsh or fish")
            ->required()
            ->check(CLI::IsMember({"bash", "zsh", "fish"}));
        shell->callback(
            [&arguments = arguments_, &app = app_] { std::cout << completion(app, arguments.subject); });
        with_format(verb(&app_, "version", "print version, build and libraries", verbs::version));
    }
    /// Which cached verdicts are meant.
    void which(CLI::App* verb, CLI::Option* name = nullptr) {
        CLI::Option* suffix =
            verb->add_option("--suffix", arguments_.suffix, "only those on names that end so")
                ->option_text("SUFFIX")
                ->check([](const std::string& text) {
                    return text.find_first_not_of(".*") == std::string::npos
                               ? "expected a suffix such as example.com"
                               : "";
                });
        CLI::Option* negative = verb->add_flag("--negative", arguments_.negative,
                                               "only errors and names of which nothing was found");
        if (!name) return;
        suffix->excludes(name);
        negative->excludes(name);
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
            ->envname("ENRICHD_CONFIG")
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

void add_verbs(CLI::App& app, Arguments& arguments, int& code) {
    Builder(app, arguments, code).all();
}

}  // namespace enrichd
