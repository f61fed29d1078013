#include "wazuh/setup.hpp"

#include <unistd.h>

#include <filesystem>
#include <map>
#include <system_error>

#include "cli/terminal.hpp"
#include "wazuh/daemons_side.hpp"
#include "wazuh/event_rules.hpp"
#include "wazuh/home.hpp"
#include "wazuh/homes.hpp"
#include "wazuh/ossec_conf.hpp"
#include "wazuh/parts.hpp"
#include "wazuh/steps.hpp"
#include "wazuh/xml.hpp"

namespace enrichd::wazuh {
namespace {

/// The original's script under its own name would be run beside ours.
void note_original(const Home& home, const std::string& ossec_conf, Steps& steps) {
    std::string unused;
    const auto read = read_ossec_conf(ossec_conf, unused);
    if (!read) return;
    for (const Integration& one : read->integrations)
        if (!is_ours(one) && trimmed(one.name).starts_with("custom-dnsstats"))
            steps.note("\n" + home.ossec_conf().string() + " calls the integration " +
                       fit_for_terminal(trimmed(one.name)) +
                       " too: each alert would be looked up twice. Remove that <integration> "
                       "(docs/migration.md)\n");
}

/// False when it is not as the source needs it: it could not be changed, or was not without --write.
bool care_for_ossec_conf(const Home& home, AlertSource source, bool write, Steps& steps) {
    const std::string text = bytes_of(home.conf_file().path).value_or("");
    const ConfChange change = change_for(text, source);
    const std::string file = home.ossec_conf().string();
    bool good = true;
    if (change == ConfChange::nothing && source == AlertSource::integration) {
        steps.kept(file, our_part(text) ? "has our part already"
                                        : "calls the integration already; enrichd wazuh doctor looks at how");
    } else if (change == ConfChange::nothing) {
        steps.kept(file, source == AlertSource::alerts ? "needs nothing of ours for alerts.json"
                         : our_part(text)              ? "has our part already"
                                                       : "has <logall_json> already");
    } else if (write) {
        const bool take = change == ConfChange::take;
        const Written written = take ? take_our_part(home) : put_our_part(home, source);
        good = written.done;
        good ? steps.done(file, (take ? "our part is out; " : "") + written.detail)
             : steps.failed(file, written.detail);
    } else if (change == ConfChange::take) {
        good = false;
        steps.note("\nTake our part out of " + file + ", or run with --write\n");
    } else {
        good = false;
        steps.note("\nPut this at the end of " + file + (our_part(text) ? " in place of our part" : "") +
                   ", or run with --write:\n\n" + part_to_paste(source));
    }
    note_original(home, text, steps);
    return good;
}

/// The shim that the integrator runs; only where ossec.conf does not call it.
void leave_integration_shim(const Home& home, AlertSource source, Steps& steps) {
    const std::string file = followed_file(home, source).string();
    steps.note("\nThe daemon reads " + file +
               " itself: there is no shim in integrations, and no <integration>\n");
    if (!is_there(home.integration())) return;
    if (!calls_us(bytes_of(home.conf_file().path).value_or("")))
        return remove_shim(home.integration(), steps);
    steps.kept(home.integration(), "ossec.conf calls it");
    steps.note(
        "\n" + home.ossec_conf().string() +
        " calls the integration custom-dnsstats too, which is not needed any more. Remove it there, then "
        "run this again" +
        (source == AlertSource::archives ? ". Until then an alert may be reported twice\n" : "\n"));
}

/// Empty when the directory is a manager's and this user may write there.
std::string obstacle(const Home& home) {
    if (const std::string missing = home.missing(); !missing.empty())
        return home.path.string() + " is no directory of a Wazuh manager: it has no " + missing +
               " (another one: --home DIR, or wazuh.home in the configuration)";
    if (::geteuid() != 0) return "become root: the files belong to root";
    std::error_code none_then;
    if (!std::filesystem::is_directory(std::filesystem::symlink_status(home.rules_directory(), none_then)))
        return home.rules_directory().string() + " is no directory of its own";
    if (const auto version = home.version(); version && !suits(*version))
        return "Wazuh " + *version + " has no rule 61650 or no integrator: enrichd needs 4.4 to 4.14";
    if (home.group() < 0) return "there is no group wazuh on this host: is Wazuh installed?";
    return {};
}

/// Why --write would fail, before anything is written.
std::string obstacle_to_write(const Home& home, AlertSource source) {
    const ConfFile file = home.conf_file();
    const std::string name = home.ossec_conf().string();
    if (!file.problem.empty()) return name + " " + file.problem;
    const auto text = bytes_of(file.path);
    if (!text) return name + " is no file that can be read";
    const bool stays = change_for(*text, source) == ConfChange::nothing;
    const std::string why = stays ? std::string() : objection_to_text(*text);
    return why.empty() ? why : name + " " + why + ". Nothing was changed";
}

/// True when nothing of ours is left there.
bool leave_ossec_conf(const Home& home, bool write, Steps& steps) {
    const auto text = bytes_of(home.conf_file().path);
    if (!text) return true;
    const std::string file = home.ossec_conf().string();
    if (!our_part(*text)) {
        if (!calls_us(*text)) return true;
        const std::string left =
            "its <integration> custom-dnsstats was not put there by enrichd: remove it by hand";
        write ? steps.failed(file, left) : steps.note("\n" + file + ": " + left + "\n");
        return true;
    }
    if (!write) {
        steps.failed(file,
                     "has our part still, so nothing was removed: run with --write, or take the part out by "
                     "hand and run this again");
        return false;
    }
    const Written written = take_our_part(home);
    written.done ? steps.done(file, "our part is out; " + written.detail)
                 : steps.failed(file, written.detail);
    return written.done;
}

void uninstall_from(const Home& home, Homes& homes, bool write, Steps& steps) {
    std::error_code none_then;
    if (!std::filesystem::is_directory(home.path, none_then))
        return steps.kept(home.path, "is not there any more");
    const bool gone = leave_ossec_conf(home, write, steps);
    // Wazuh would call a shim that is not there, and lose each alert.
    if (!gone) return;
    remove_shim(home.integration(), steps);
    remove_shim(home.active_response(), steps);
    const Installed installed = homes.at(home.path.string());
    remove_rules(rule_file(home, installed.source), installed.rules, steps);
    remove_rules(event_rule_file(home, {}), installed.event_rules, steps);
    note_orphans(home, steps);
    if (!steps.good()) return;  // what is left is for another time
    if (const std::string why = homes.forget(home.path.string()); !why.empty()) steps.failed(home.path, why);
}

/// What of the rules is there afterwards stands in `installed`.
void place_all_rules(const Home& home, const std::vector<std::string>& events, Installed& installed,
                     Steps& steps) {
    installed.rules = place_rules(home, rule_file(home, installed.source), installed.rules, steps);
    EventRules rules;
    if (installed.source == AlertSource::archives) {
        if (!events.empty())
            steps.note("\n" + home.archives().string() +
                       " has these events without a rule, so none was put there: " + joined(events) + "\n");
    } else {
        rules = event_rules_for(events, rules_of(home), home);
    }
    installed.events = rules.kinds;
    for (const std::string& why : rules.missing) steps.failed(home.event_rules(), why);
    installed.event_rules =
        place_rules(home, event_rule_file(home, rules.text), installed.event_rules, steps);
}

void note_what_is_next(const Home& home, Steps& steps) {
    steps.note("\nFor active responses, if you want any (" + home.ossec_conf().string() + "):\n\n" +
               std::string(active_response_text()));
    steps.note(
        "\nThen: systemctl enable --now enrichd.socket enrichd.service, systemctl restart wazuh-manager, "
        "enrichd selftest, enrichd wazuh doctor\n");
    if (!can_be_checked(home))
        steps.note(
            "\nNOT CHECKED, for Wazuh's programs are not in " + (home.path / "bin").string() +
            ". Run where they are, before Wazuh is restarted: wazuh-analysisd -t and wazuh-integratord -t\n");
}

}  // namespace

Report install(const Setup& setup, const std::string& directory, bool write, const Choice& choice) {
    const Home home{resolved(directory.empty() ? setup.config.wazuh_home : directory)};
    if (const std::string why = obstacle(home); !why.empty()) return cannot(why);
    Homes homes(setup.record);
    Installed installed = homes.at(home.path.string());
    AlertSource source = choice.source.value_or(installed.source);
    if (const std::string why = write ? obstacle_to_write(home, source) : std::string(); !why.empty())
        return cannot(why);
    const auto shim = bytes_of(shim_of_this_build());
    if (!shim) return cannot(shim_of_this_build().string() + ": the shim cannot be read");
    Steps steps;
    if (source == AlertSource::integration) place_shim(home, home.integration(), *shim, steps);
    place_shim(home, home.active_response(), *shim, steps);
    // Rules for another source than the one that ossec.conf has could keep all alerts away.
    const bool fits = care_for_ossec_conf(home, source, write, steps);
    if (!fits && write) source = installed.source;
    if (!fits && source != installed.source)
        steps.note("\nUntil then the rules are those of the source " + name_of(installed.source) +
                   ". Run this again afterwards\n");
    if (fits) installed.source = source;
    const std::vector<std::string> events = choice.events.value_or(installed.events);
    place_all_rules(home, events, installed, steps);
    look_at_other_rules(home, steps);
    note_orphans(home, steps);
    if (source != AlertSource::integration) leave_integration_shim(home, source, steps);
    if (const std::string why = homes.remember(home.path.string(), installed); !why.empty())
        steps.failed(home.path, why);
    note_daemons_side({setup.config, setup.config_file}, home, source, events, steps);
    note_what_is_next(home, steps);
    return steps.report();
}

Report refresh(const Setup& setup) {
    Steps steps;
    Homes homes(setup.record);
    const auto shim = bytes_of(shim_of_this_build());
    if (!shim) return cannot(shim_of_this_build().string() + ": the shim cannot be read");
    for (auto [directory, installed] : std::map(homes.list())) {
        const Home home{directory};
        if (std::string why = obstacle(home); !why.empty()) {
            steps.failed(home.path, why);
            continue;
        }
        for (const auto& where : {home.integration(), home.active_response()})
            if (const auto there = bytes_of(where); there && is_our_shim(*there) && *there != *shim)
                place_shim(home, where, *shim, steps);
        if (!bytes_of(home.rules())) continue;
        place_all_rules(home, std::vector(installed.events), installed, steps);
        homes.remember(directory, installed);
    }
    for (const auto& [directory, installed] : homes.list()) look_at_other_rules(Home{directory}, steps);
    return steps.report();
}

Report uninstall(const Setup& setup, const std::string& directory, bool write) {
    if (::geteuid() != 0) return cannot("become root: the files belong to root");
    Steps steps;
    Homes homes(setup.record);
    std::map<std::string, Installed> from = homes.list();
    if (!directory.empty()) from = {{resolved(directory), {}}};
    std::error_code none_then;
    if (!directory.empty() && !std::filesystem::is_directory(directory, none_then))
        return cannot(directory + " is no directory");
    if (from.empty()) from = {{resolved(setup.config.wazuh_home), {}}};
    for (const auto& [home, installed] : from) uninstall_from(Home{home}, homes, write, steps);
    return steps.report();
}

}  // namespace enrichd::wazuh
