// enrichd(1), made from the command line's own description.
#include <CLI/CLI.hpp>

#include <array>
#include <string>

#include "app/command_line.hpp"
#include "config/sections.hpp"
#include "config/version.hpp"
#include "config/yaml_reference.hpp"

namespace enrichd {
namespace {

std::string option_line(const CLI::Option& option) {
    std::string names;
    for (const std::string& one : option.get_snames())
        names += (names.empty() ? "\\fB" : "\\fR, \\fB") + roff("-" + one);
    for (const std::string& one : option.get_lnames())
        names += (names.empty() ? "\\fB" : "\\fR, \\fB") + roff("--" + one);
    if (option.get_positional() && names.empty()) names = "\\fI" + roff(option.get_single_name());
    const std::string& argument = option.get_option_text();
    return ".TP\n" + names + "\\fR" + (argument.empty() ? "" : " \\fI" + roff(argument) + "\\fR") + "\n" +
           roff(option.get_description()) + "\n";
}

std::string synopsis(const CLI::App& verb, const std::string& path) {
    std::string out = "\\fBenrichd " + roff(path) + "\\fR";
    for (const CLI::Option* option : verb.get_options())
        if (option->get_positional())
            out += option->get_required() ? " \\fI" + roff(option->get_single_name()) + "\\fR"
                                          : " [\\fI" + roff(option->get_single_name()) + "\\fR]";
    return out;
}

void add_verb(const CLI::App& verb, const std::string& path, std::string& out) {
    const auto under = verb.get_subcommands({});
    if (under.empty()) {
        out += ".SS " + synopsis(verb, path) + "\n" + roff(verb.get_description()) + ".\n";
        for (const CLI::Option* option : verb.get_options())
            if (option->get_single_name() != "help" && !option->get_description().empty())
                out += option_line(*option);
        if (!verb.get_footer().empty()) out += ".PP\n" + roff(verb.get_footer()) + "\n";
    }
    for (const CLI::App* one : under) add_verb(*one, path + " " + one->get_name(), out);
}

struct Example {
    const char* command;
    const char* about;
};

constexpr std::array<Example, 14> examples{{
    {"enrichd check && systemctl reload enrichd", "put a changed configuration into effect"},
    {"enrichd config show --origin | grep -v default", "see which keys the file sets, and in which line"},
    {"enrichd selftest", "send one marked alert through shim, daemon and Wazuh"},
    {"enrichd status", "see what the daemon is doing; -w refreshes"},
    {"enrichd queue", "see which questions wait, since when, and why"},
    {"enrichd why www.example.com", "see all that is known of a name; asks nobody"},
    {"enrichd tap --agent 017", "follow what is decided for the alerts of one agent"},
    {"enrichd top --seconds 60 -o json", "count the noisiest domains and agents of a minute"},
    {"enrichd explain alert.json", "see each step for one alert"},
    {"enrichd replay --dry-run alerts.json.gz", "see the events of old alerts without sending them"},
    {"enrichd allow add .example.com --until 2027-01-31 --note 'ticket 4711'",
     "report no first contact and no score of these names until then"},
    {"enrichd lists test www.example.com", "see which lists have a name"},
    {"enrichd cache flush --suffix example.com", "have the names below example.com asked anew"},
    {"enrichd provider pause NAME", "ask an upstream nothing until enrichd provider resume NAME"},
}};

std::string examples_section() {
    std::string out;
    for (const Example& one : examples)
        out.append(".TP\n.B ").append(roff(one.command)).append("\n").append(roff(one.about)).append("\n");
    return out;
}

std::string environment() {
    std::string out = ".TP\n.B ENRICHD_CONFIG\nthe configuration file, when none is given by --config\n";
    for (const auto& [variable, meaning] : environment_of_stages())
        out.append(".TP\n.B ").append(variable).append("\n").append(meaning).append("\n");
    return out;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
    std::string out =
        std::string(".TH ENRICHD 1 \"\" \"enrichd ") + version + "\" \"enrichd\"\n" +
        ".SH NAME\nenrichd \\- enriches Wazuh's DNS alerts with " + titles_of_stages() +
        "\n"
        ".SH SYNOPSIS\n.B enrichd\n.I VERB\n[\\fIOPTION\\fR...]\n"
        ".SH DESCRIPTION\nA daemon that takes alerts from the shim\n.BR enrich-shim (8),\n"
        "which Wazuh runs as an integration, looks up the queried names, and writes what it finds into "
        "Wazuh's "
        "queue; and the verbs to look at it and to set it up.\n.SH VERBS\n";
    for (const CLI::App* verb : app.get_subcommands({})) add_verb(*verb, verb->get_name(), out);
    return out + ".SH EXAMPLES\n" + examples_section() +
           ".SH EXIT STATUS\n0: fine. 1: failed. 2: wrong usage. 78: bad configuration.\n"
           ".SH ENVIRONMENT\n" +
           environment() +
           ".SH FILES\n.I /etc/enrichd/enrichd.yaml\n.br\n.I /var/lib/enrichd\n.br\n.I "
           "/var/spool/enrichd\n.br\n"
           ".I /run/enrichd/intake.sock\n.br\n.I /run/enrichd/admin.sock\n"
           ".SH SIGNALS\nTERM, INT: stop accepting alerts, finish or store those in flight, exit within 10 "
           "s. HUP: read "
           "the "
           "configuration again; a bad one is reported and the old one stays.\n"
           ".SH SEE ALSO\n.BR enrichd.yaml (5),\n.BR enrich-shim (8),\n/usr/share/doc/enrichd\n";
}

}  // namespace enrichd
