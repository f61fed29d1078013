#include "wazuh/setup.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "cli/terminal.hpp"
#include "wazuh/home.hpp"
#include "wazuh/ossec_conf.hpp"
#include "wazuh/parts.hpp"
#include "wazuh/place_file.hpp"
#include "wazuh/steps.hpp"
#include "wazuh/xml.hpp"

namespace enrichd::wazuh {
namespace {

using Json = nlohmann::ordered_json;

/// Which homes install was in, and what the rules were that it put there.
class Homes {
  public:
    explicit Homes(std::string file) : file_(std::move(file)) {
        const auto text = bytes_of(file_);
        const Json json = text ? Json::parse(*text, nullptr, false) : Json();
        if (!json.is_object()) return;
        for (const auto& [home, rules] : json.items())
            if (rules.is_number_unsigned()) list_[home] = rules.get<std::uint64_t>();
    }

    const std::map<std::string, std::uint64_t>& list() const { return list_; }
    /// Of the rules that were put there last; 0 when none were.
    std::uint64_t rules_in(const std::string& home) const {
        const auto found = list_.find(home);
        return found == list_.end() ? 0 : found->second;
    }
    std::string remember(const std::string& home, std::uint64_t rules) {
        list_[home] = rules;
        return save();
    }
    std::string forget(const std::string& home) {
        list_.erase(home);
        return save();
    }

  private:
    std::string save() const {
        if (list_.empty()) {
            ::unlink(file_.c_str());
            return {};
        }
        std::error_code exists_or_fails_below;
        std::filesystem::create_directories(std::filesystem::path(file_).parent_path(),
                                            exists_or_fails_below);
        return place_file(file_, Json(list_).dump(2, ' ', false, Json::error_handler_t::replace) + "\n",
                          ::geteuid(), ::getegid(), 0644);
    }

    std::string file_;
    std::map<std::string, std::uint64_t> list_;
};

bool is_ours(const Integration& one) {
    return trimmed(one.name) == "custom-dnsstats";
}

/// Whether ossec.conf calls our integration already.
bool called(const std::string& ossec_conf) {
    std::string unused;
    const auto read = read_ossec_conf(ossec_conf, unused);
    return read && std::any_of(read->integrations.begin(), read->integrations.end(), is_ours);
}

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

void care_for_ossec_conf(const Home& home, const std::string& text, bool write, Steps& steps) {
    const bool ours = our_part(text).has_value();
    if (called(text)) {
        steps.kept(home.ossec_conf(),
                   ours ? "has our part already"
                        : "calls the integration already; enrichd wazuh doctor looks at how");
    } else if (write) {
        const Written written = put_our_part(home);
        written.done ? steps.done(home.ossec_conf(), written.detail)
                     : steps.failed(home.ossec_conf(), written.detail);
    } else {
        steps.note("\nPut this at the end of " + home.ossec_conf().string() + ", or run with --write:\n\n" +
                   std::string(integration_text()));
    }
    note_original(home, text, steps);
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
std::string obstacle_to_write(const Home& home) {
    const ConfFile file = home.conf_file();
    const std::string name = home.ossec_conf().string();
    if (!file.problem.empty()) return name + " " + file.problem;
    const auto text = bytes_of(file.path);
    if (!text) return name + " is no file that can be read";
    const std::string why = called(*text) ? std::string() : objection_to_text(*text);
    return why.empty() ? why : name + " " + why + ". Nothing was changed";
}

/// True when nothing of ours is left there.
bool leave_ossec_conf(const Home& home, bool write, Steps& steps) {
    const auto text = bytes_of(home.conf_file().path);
    if (!text) return true;
    const std::string file = home.ossec_conf().string();
    if (!our_part(*text)) {
        if (!called(*text)) return true;
        const std::string left =
            "its <integration> custom-dnsstats was not put there by enrichd: remove it by hand";
        write ? steps.failed(file, left) : steps.note("\n" + file + ": " + left + "\n");
        return true;
    }
    if (!write) {
        steps.note("\nTake our part out of " + file + ", or run with --write\n");
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
    remove_shim(home.integration(), steps);
    remove_shim(home.active_response(), steps);
    remove_rules(home, homes.rules_in(home.path.string()), steps);
    note_orphans(home, steps);
    if (!gone || !steps.good()) return;  // what is left is for another time
    if (const std::string why = homes.forget(home.path.string()); !why.empty()) steps.failed(home.path, why);
}

}  // namespace

Report install(const Setup& setup, const std::string& directory, bool write) {
    const Home home{resolved(directory.empty() ? setup.config.wazuh_home : directory)};
    if (const std::string why = obstacle(home); !why.empty()) return cannot(why);
    if (const std::string why = write ? obstacle_to_write(home) : std::string(); !why.empty())
        return cannot(why);
    const auto shim = bytes_of(shim_of_this_build());
    if (!shim) return cannot(shim_of_this_build().string() + ": the shim cannot be read");
    Steps steps;
    Homes homes(setup.record);
    place_shim(home, home.integration(), *shim, steps);
    place_shim(home, home.active_response(), *shim, steps);
    const std::uint64_t rules = place_rules(home, homes.rules_in(home.path.string()), steps);
    look_at_other_rules(home, steps);
    care_for_ossec_conf(home, bytes_of(home.conf_file().path).value_or(""), write, steps);
    if (const std::string why = homes.remember(home.path.string(), rules); !why.empty())
        steps.failed(home.path, why);
    steps.note("\nFor active responses, if you want any (" + home.ossec_conf().string() + "):\n\n" +
               std::string(active_response_text()));
    steps.note(
        "\nThen: systemctl enable --now enrichd.socket enrichd.service, systemctl restart wazuh-manager, "
        "enrichd selftest, enrichd wazuh doctor\n");
    if (!can_be_checked(home))
        steps.note(
            "\nNOT CHECKED, for Wazuh's programs are not in " + (home.path / "bin").string() +
            ". Run where they are, before Wazuh is restarted: wazuh-analysisd -t and wazuh-integratord -t\n");
    return steps.report();
}

Report refresh(const Setup& setup) {
    Steps steps;
    Homes homes(setup.record);
    const auto shim = bytes_of(shim_of_this_build());
    if (!shim) return cannot(shim_of_this_build().string() + ": the shim cannot be read");
    for (const auto& [directory, rules] : std::map(homes.list())) {
        const Home home{directory};
        if (std::string why = obstacle(home); !why.empty()) {
            steps.failed(home.path, why);
            continue;
        }
        for (const auto& where : {home.integration(), home.active_response()})
            if (const auto there = bytes_of(where); there && is_our_shim(*there) && *there != *shim)
                place_shim(home, where, *shim, steps);
        if (bytes_of(home.rules())) homes.remember(directory, place_rules(home, rules, steps));
    }
    for (const auto& [directory, rules] : homes.list()) look_at_other_rules(Home{directory}, steps);
    return steps.report();
}

Report uninstall(const Setup& setup, const std::string& directory, bool write) {
    if (::geteuid() != 0) return cannot("become root: the files belong to root");
    Steps steps;
    Homes homes(setup.record);
    std::map<std::string, std::uint64_t> from = homes.list();
    if (!directory.empty()) from = {{resolved(directory), 0}};
    std::error_code none_then;
    if (!directory.empty() && !std::filesystem::is_directory(directory, none_then))
        return cannot(directory + " is no directory");
    if (from.empty()) from = {{resolved(setup.config.wazuh_home), 0}};
    for (const auto& [home, rules] : from) uninstall_from(Home{home}, homes, write, steps);
    return steps.report();
}

}  // namespace enrichd::wazuh
