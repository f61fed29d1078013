#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <sstream>

#include "app/verb_list.hpp"
#include "app/verbs.hpp"
#include "cli/terminal.hpp"
#include "config/nearest.hpp"
#include "config/version.hpp"

namespace enrichd {
namespace {

/// The verb of that name under `app`; null when there is none.
const CLI::App* under(const CLI::App& app, const std::string& name) {
    for (const CLI::App* one : app.get_subcommands({}))
        if (one->get_name() == name) return one;
    return nullptr;
}

std::string no_verb(const CLI::App& app, const std::string& path, const std::string& word) {
    Words known;
    std::string all;
    for (const CLI::App* one : app.get_subcommands({})) {
        known.insert(one->get_name());
        all += (all.empty() ? "" : ", ") + one->get_name();
    }
    const std::string near = did_you_mean(word, known);
    const std::string what = word.empty() ? "a verb is missing" : "'" + word + "' is no verb of " + path;
    return what + (near.empty() ? "; expected one of " + all : near);
}

/// What is wrong with the verb that is named, if anything: the parser says of each that one is required.
std::string wrong_verb(const CLI::App& program, int argc, char** argv) {
    const CLI::App* at = &program;
    std::string path = "enrichd";
    for (int i = 1; i < argc && !at->get_subcommands({}).empty(); ++i) {
        const std::string word = argv[i];
        if (word.starts_with('-')) return {};
        const CLI::App* const next = under(*at, word);
        if (!next) return path + ": " + no_verb(*at, path, word);
        path += " " + word;
        at = next;
    }
    const bool whole = at->get_subcommands({}).empty() || at->get_require_subcommand_min() == 0;
    return whole && at != &program ? "" : path + ": " + no_verb(*at, path, "");
}

/// The option of the verb that the mistyped one among the arguments is nearest to, as a hint.
std::string option_hint(const CLI::App& program, int argc, char** argv) {
    const CLI::App* at = &program;
    Words known;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const CLI::App* const next = under(*at, word);
        if (next) at = next;
    }
    for (const CLI::Option* option : at->get_options())
        for (const std::string& name : option->get_lnames()) known.insert("--" + name);
    for (int i = 1; i < argc; ++i) {
        const std::string word = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
        if (!word.starts_with("--") || word == "--" || known.contains(word)) continue;
        const std::string near = nearest(word, known);
        return near.empty() ? "" : "Did you mean " + near + "?\n";
    }
    return {};
}

/// `help VERB`: the same as `VERB --help`.
void add_help(CLI::App& app, std::vector<std::string>& words) {
    CLI::App* help = app.add_subcommand("help", "show the help of a verb, or the list of verbs");
    help->add_option("VERB", words, "the verb, such as check or cache get");
    help->callback([&app, &words] {
        std::string path = "enrichd";
        const CLI::App* about = &app;
        for (const std::string& word : words) {
            const CLI::App* const next = under(*about, word);
            if (!next) throw CLI::ValidationError(no_verb(*about, path, word));
            path += " " + word;
            about = next;
        }
        // App::help would show the verb that was parsed, which is this one.
        std::cout << about->get_formatter()->make_help(about, path, CLI::AppFormatMode::Normal);
    });
}

}  // namespace

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>(
          "Enriches Wazuh's DNS alerts: is the domain new, never seen here, random-looking or known as bad?",
          "enrichd")) {
    app_->require_subcommand(1);
    app_->set_version_flag("--version", enrichd::version);
    add_verbs(*app_, arguments_, code_);
    add_help(*app_, words_);
}

CommandLine::~CommandLine() = default;

int CommandLine::run(int argc, char** argv) {
    if (const std::string wrong = wrong_verb(*app_, argc, argv); !wrong.empty()) {
        std::cerr << fit_for_terminal(wrong) << "\nRun enrichd help for the list of verbs.\n";
        return exit_usage;
    }
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        std::ostringstream out;
        std::ostringstream failures;
        const bool good = app_->exit(e, out, failures) == 0;
        std::cout << lines_for_terminal(out.str()) << std::flush;
        if (good) return 0;
        std::cerr << lines_for_terminal(failures.str()) << option_hint(*app_, argc, argv);
        return exit_usage;
    }
    return code_;
}

}  // namespace enrichd
