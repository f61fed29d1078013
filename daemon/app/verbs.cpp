#include "app/verbs.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <nlohmann/json.hpp>

#include "app/config.hpp"
#include "app/daemon.hpp"
#include "app/inspect.hpp"
#include "app/seen.hpp"
#include "app/version.hpp"
#include "app/yaml_writer.hpp"
#include "base/small_file.hpp"

namespace enrichd {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_config = 78;  // EX_CONFIG of sysexits.h

struct Arguments {
    std::string config = default_config_file;
    std::string format = "human";
    std::string subject;  // of lookup and explain
    bool show = false;
    bool once = false;
};

void print(std::ostream& out, const std::vector<Problem>& problems, const char* kind) {
    for (const Problem& problem : problems) out << kind << problem.text() << "\n";
}

nlohmann::ordered_json to_json(const std::vector<Problem>& problems) {
    auto list = nlohmann::ordered_json::array();
    for (const Problem& one : problems)
        list.push_back({{"file", one.file},
                        {"line", one.line},
                        {"column", one.column},
                        {"key", one.key},
                        {"message", one.message}});
    return list;
}

int run(const Arguments& arguments) {
    const ParsedConfig parsed = load_config(arguments.config);
    print(std::cerr, parsed.errors, "error: ");
    if (!parsed.errors.empty()) return exit_config;
    log::configure(parsed.config.log);
    for (const Problem& warning : parsed.warnings) log::warning(warning.text());
    Daemon daemon(parsed.config, {arguments.config, arguments.once});
    return daemon.run();
}

int check(const Arguments& arguments) {
    ParsedConfig parsed = load_config(arguments.config);
    const AllowList allow(parsed.config.intake.allow);
    for (const std::string& name : allow.unknown())
        parsed.warnings.push_back(
            {arguments.config, 0, 0, "intake.allow", "'" + name + "' is no user or group of this machine"});
    const bool good = parsed.errors.empty();
    if (arguments.format == "json") {
        const nlohmann::ordered_json report{{"file", arguments.config},
                                            {"ok", good},
                                            {"errors", to_json(parsed.errors)},
                                            {"warnings", to_json(parsed.warnings)}};
        std::cout << report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
    } else {
        print(std::cerr, parsed.errors, "error: ");
        print(std::cerr, parsed.warnings, "warning: ");
        const OtxConfig& otx = parsed.config.otx;
        if (good && !arguments.show)
            std::cout << arguments.config << ": good; OTX "
                      << (otx.key.empty() ? "off, no key here" : "on, key from " + otx.key_source) << "\n";
    }
    if (good && arguments.show) std::cout << to_yaml(parsed.config);
    return good ? 0 : exit_config;
}

/// Runs one of the inspections and prints its report.
int inspect(const Arguments& arguments, Inspection (*look)(const Config&, const std::string&),
            const std::string& subject) {
    const ParsedConfig parsed = load_config(arguments.config);
    print(std::cerr, parsed.errors, "error: ");
    if (!parsed.errors.empty()) return exit_config;
    log::Options quiet = parsed.config.log;
    quiet.level = log::Level::error;
    log::configure(quiet);
    const Inspection inspection = look(parsed.config, subject);
    std::cout << (arguments.format == "json" ? inspection.json : inspection.human);
    return inspection.good ? 0 : 1;
}

int lookup(const Arguments& arguments) {
    return inspect(arguments, inspect_name, arguments.subject);
}

int explain(const Arguments& arguments) {
    const auto bytes = read_small_file(arguments.subject, WIRE_MAX_ALERT);
    if (!bytes || bytes->empty()) {
        std::cerr << arguments.subject << ": " << (bytes ? "the file is empty" : bytes.error().message())
                  << "\n";
        return 1;
    }
    return inspect(arguments, inspect_alert, *bytes);
}

/// Runs one of the verbs `seen …` with the configuration.
template <class Work>
int on_seen(const Arguments& arguments, Work work) {
    const ParsedConfig parsed = read_config(arguments.config);
    print(std::cerr, parsed.errors, "error: ");
    if (!parsed.errors.empty()) return exit_config;
    print(std::cerr, parsed.warnings, "warning: ");
    log::configure({log::Level::off, log::Format::text});  // the report says what went wrong
    const SeenReport report = work(parsed.config);
    if (!report.good) std::cerr << report.error << "\n";
    std::cout << (arguments.format == "json" ? report.json : report.human) << std::flush;
    if (std::cout) return report.good ? 0 : 1;
    std::cerr << "standard output cannot be written\n";
    return 1;
}

int import_seen(const Arguments& arguments) {
    return on_seen(arguments, [&](const Config& config) { return seen_import(config, arguments.subject); });
}

int export_seen(const Arguments& arguments) {
    return on_seen(arguments, seen_export);
}

int count_seen(const Arguments& arguments) {
    return on_seen(arguments, seen_count);
}

int forget_seen(const Arguments& arguments) {
    return on_seen(arguments, [&](const Config& config) { return seen_forget(config, arguments.subject); });
}

int show_version(const Arguments& arguments) {
    if (arguments.format == "json")
        std::cout << nlohmann::json{{"version", version}, {"report", version_report()}}.dump() << "\n";
    else
        std::cout << version_report();
    return 0;
}

}  // namespace

int run_command_line(int argc, char** argv) {
    Arguments arguments;
    int code = 0;
    CLI::App app("Enriches Wazuh's DNS alerts with Domain Stats and AlienVault OTX.", "enrichd");
    app.require_subcommand(1);
    app.set_version_flag("--version", version);

    using Act = int (*)(const Arguments&);
    const auto verb_of = [&](CLI::App* parent, const char* name, const char* about, Act act) {
        CLI::App* one = parent->add_subcommand(name, about);
        one->callback([&arguments, &code, act] { code = act(arguments); });
        return one;
    };
    const auto verb = [&](const char* name, const char* about, Act act) {
        return verb_of(&app, name, about, act);
    };
    const auto with_config = [&](CLI::App* one) {
        one->add_option("-c,--config", arguments.config, "configuration file")->capture_default_str();
    };
    const auto with_format = [&](CLI::App* one) {
        one->add_option("-o,--output", arguments.format, "human or json")
            ->check(CLI::IsMember({"human", "json"}));
    };

    CLI::App* run_verb = verb("run", "run the daemon in the foreground", run);
    with_config(run_verb);
    run_verb->add_flag("--once", arguments.once, "end when the intake is idle and all work is done");
    CLI::App* check_verb = verb("check", "check the configuration", check);
    with_config(check_verb);
    with_format(check_verb);
    check_verb->add_flag("--show", arguments.show, "print the effective configuration");
    CLI::App* lookup_verb = verb("lookup", "ask the providers about one name, as an alert would", lookup);
    with_config(lookup_verb);
    with_format(lookup_verb);
    lookup_verb->add_option("NAME", arguments.subject, "the name")->required();
    lookup_verb->footer(
        "With domain_stats.mode http, a domain that the server has never seen counts as seen from then on.");
    CLI::App* explain_verb = verb("explain", "show each step for one alert; sends no event", explain);
    with_config(explain_verb);
    with_format(explain_verb);
    explain_verb
        ->add_option("ALERT-FILE", arguments.subject,
                     "an alert as Wazuh writes it, or an active response's line")
        ->required();
    explain_verb->footer(
        "With domain_stats.mode http, a domain that the server has never seen counts as seen from then on.");
    CLI::App* seen = app.add_subcommand("seen", "the domains that the embedded engine has seen here");
    seen->require_subcommand(1);
    seen->footer("All of them need the state file for themselves: stop enrichd first.");
    const auto seen_verb = [&](const char* name, const char* about, Act act) {
        CLI::App* one = verb_of(seen, name, about, act);
        with_config(one);
        return one;
    };
    CLI::App* import_verb = seen_verb("import", "count the domains of a list as seen", import_seen);
    with_format(import_verb);
    import_verb
        ->add_option("FILE", arguments.subject,
                     "one domain a line, a rank before it or the time of the first contact behind it")
        ->required();
    seen_verb("export", "print them all, as import reads them", export_seen);
    with_format(seen_verb("count", "print how many there are", count_seen));
    CLI::App* forget_verb = seen_verb("forget", "forget one: its next query is a first contact", forget_seen);
    with_format(forget_verb);
    forget_verb->add_option("NAME", arguments.subject, "the domain, or a host of it")->required();
    with_format(verb("version", "print version, compiler and libraries", show_version));

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : exit_usage;
    }
    return code;
}

}  // namespace enrichd
