#include "app/wazuh/setup.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "app/wazuh/home.hpp"
#include "app/wazuh/ossec_conf.hpp"
#include "app/wazuh/xml.hpp"
#include "intake/alert_reader.hpp"

namespace enrichd::wazuh {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned program_mode = 0750;
constexpr unsigned rules_mode = 0660;
constexpr std::string_view in_each_shim = WIRE_DEFAULT_SOCKET;  // tells our shim of another program

/// What was done, line by line.
class Steps {
  public:
    void done(const std::filesystem::path& what, const std::string& how) { add("done", what, how); }
    void kept(const std::filesystem::path& what, const std::string& why) { add("kept", what, why); }
    void failed(const std::filesystem::path& what, const std::string& why) {
        add("FAILED", what, why);
        good_ = false;
    }
    void note(const std::string& text) { notes_ += text; }
    bool good() const { return good_; }

    Report report() const {
        Json list = Json::array();
        std::string human;
        for (const auto& [state, what, detail] : steps_) {
            list.push_back({{"state", state}, {"what", what}, {"detail", detail}});
            human.append(state).append(8 - std::min<std::size_t>(7, state.size()), ' ').append(what);
            human.append(detail.empty() ? "" : ": ").append(detail).append("\n");
        }
        return {Json{{"ok", good_}, {"steps", list}, {"notes", notes_}}.dump(2) + "\n",
                human + notes_,
                {},
                good_};
    }

  private:
    struct Step {
        std::string state;
        std::string what;
        std::string detail;
    };
    void add(const char* state, const std::filesystem::path& what, const std::string& detail) {
        steps_.push_back({state, what.string(), detail});
    }

    std::vector<Step> steps_;
    std::string notes_;
    bool good_ = true;
};

Report cannot(std::string why) {
    return {{}, {}, std::move(why), false};
}

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
        return place_file(file_, Json(list_).dump(2) + "\n", ::geteuid(), ::getegid(), 0644);
    }

    std::string file_;
    std::map<std::string, std::uint64_t> list_;
};

std::uint64_t hash_of(std::string_view bytes) {
    return content_hash(bytes, Destination::siem);
}

bool is_our_shim(const std::string& bytes) {
    return bytes.find(in_each_shim) != std::string::npos;
}

void place_shim(const Home& home, const std::filesystem::path& where, const std::string& shim, Steps& steps) {
    const auto there = bytes_of(where);
    if (there && !is_our_shim(*there)) {
        const auto old = where.string() + ".before-enrichd";
        std::error_code failure;
        if (std::filesystem::exists(old, failure))
            return steps.failed(
                where, "is another program, and " + old + " is there already: move one of them away");
        std::filesystem::rename(where, old, failure);
        if (failure)
            return steps.failed(where, "is another program, and cannot be moved away: " + failure.message());
        steps.done(old, "the program that was there");
    }
    const auto group = static_cast<unsigned>(home.group());
    const std::string why = place_file(where, shim, 0, group, program_mode);
    if (why.empty())
        steps.done(where, rights(where));
    else
        steps.failed(where, why);
}

/// Our ids in other files: Wazuh takes the first it finds and skips the second.
void warn_of_same_ids(const Home& home, Steps& steps) {
    std::string unused;
    const auto ours = read_rules(std::string(rules_text()), unused);
    std::error_code none_then;
    for (const auto& entry : std::filesystem::directory_iterator(home.rules_directory(), none_then)) {
        if (entry.path() == home.rules() || entry.path().extension() != ".xml") continue;
        const auto text = bytes_of(entry.path());
        const auto theirs = text ? read_rules(*text, unused) : std::nullopt;
        if (!theirs || !ours) continue;
        std::string same;
        for (const Rule& rule : *theirs)
            if (std::any_of(ours->begin(), ours->end(), [&](const Rule& one) { return one.id == rule.id; }))
                same.append(same.empty() ? "" : ", ").append(rule.id);
        if (!same.empty())
            steps.failed(entry.path(),
                         "has rules with ids of ours (" + same +
                             "); Wazuh takes only one of them: remove them there, then restart Wazuh");
    }
}

/// The hash to remember.
std::uint64_t place_rules(const Home& home, std::uint64_t put_before, Steps& steps) {
    const auto there = bytes_of(home.rules());
    const std::uint64_t ours = hash_of(rules_text());
    if (there && hash_of(*there) != ours && hash_of(*there) != put_before) {
        const auto beside = home.rules().string() + ".new";
        const std::string why =
            place_file(beside, rules_text(), 0, static_cast<unsigned>(home.group()), rules_mode);
        steps.kept(home.rules(), "somebody has changed it; the new one is " + (why.empty() ? beside : why));
        return put_before;
    }
    const passwd* user = ::getpwnam("wazuh");
    const auto put = [&](std::string_view text) {
        return place_file(home.rules(), text, user ? user->pw_uid : 0, static_cast<unsigned>(home.group()),
                          rules_mode);
    };
    const std::string why = put(rules_text());
    if (!why.empty()) {
        steps.failed(home.rules(), why);
        return put_before;
    }
    // A mistake in a rule would keep the whole manager from starting.
    if (const std::string no = objection(home); !no.empty()) {
        if (there) put(*there);
        if (!there) ::unlink(home.rules().c_str());
        steps.failed(home.rules(), no + "; it is as it was");
        return put_before;
    }
    steps.done(home.rules(), rights(home.rules()));
    return ours;
}

/// Whether ossec.conf calls our integration already.
bool called(const std::string& ossec_conf) {
    std::string unused;
    const auto read = read_ossec_conf(ossec_conf, unused);
    return read && std::any_of(read->integrations.begin(), read->integrations.end(),
                               [](const Integration& one) { return one.name == "custom-dnsstats"; });
}

void care_for_ossec_conf(const Home& home, bool write, Steps& steps) {
    const auto text = bytes_of(home.ossec_conf());
    if (text && called(*text) && !has_our_part(*text)) {
        steps.kept(home.ossec_conf(), "calls the integration already; enrichd wazuh doctor looks at how");
    } else if (text && called(*text)) {
        steps.kept(home.ossec_conf(), "has our part already");
    } else if (write) {
        const Written written = put_our_part(home);
        written.done ? steps.done(home.ossec_conf(), written.detail)
                     : steps.failed(home.ossec_conf(), written.detail);
    } else {
        steps.note("\nPut this at the end of " + home.ossec_conf().string() + ", or run with --write:\n\n" +
                   std::string(integration_text()));
    }
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

void remove_shim(const std::filesystem::path& where, Steps& steps) {
    const auto there = bytes_of(where);
    if (!there) return;
    if (!is_our_shim(*there)) return steps.kept(where, "is not ours");
    if (::unlink(where.c_str()) != 0) return steps.failed(where, last_error().message());
    const auto old = where.string() + ".before-enrichd";
    std::error_code none_then;
    if (std::filesystem::exists(old, none_then)) {
        std::filesystem::rename(old, where, none_then);
        if (none_then) return steps.failed(where, old + " cannot be put back: " + none_then.message());
        return steps.done(where, "the program that was there before is back");
    }
    steps.done(where, "removed");
}

void remove_rules(const Home& home, std::uint64_t put_before, Steps& steps) {
    std::error_code none_then;
    std::filesystem::remove(home.rules().string() + ".new", none_then);
    const auto there = bytes_of(home.rules());
    if (!there) return;
    if (hash_of(*there) != put_before && hash_of(*there) != hash_of(rules_text()))
        return steps.kept(home.rules(), "somebody has changed it");
    if (::unlink(home.rules().c_str()) != 0) return steps.failed(home.rules(), last_error().message());
    steps.done(home.rules(), "removed");
}

/// True when nothing of ours is left there.
bool leave_ossec_conf(const Home& home, bool write, Steps& steps) {
    const auto text = bytes_of(home.ossec_conf());
    if (!text || !called(*text)) return true;
    const std::string file = home.ossec_conf().string();
    if (!has_our_part(*text)) {
        steps.note("\nTake the integration custom-dnsstats out of " + file + "\n");
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
    if (!gone || !steps.good()) return;  // what is left is for another time
    if (const std::string why = homes.forget(home.path.string()); !why.empty()) steps.failed(home.path, why);
}

std::string resolved(const std::string& directory) {
    std::error_code none_then;
    const auto path = std::filesystem::canonical(directory, none_then);
    return none_then ? directory : path.string();
}

}  // namespace

Report install(const Setup& setup, const std::string& directory, bool write) {
    const Home home{resolved(directory.empty() ? setup.config.wazuh_home : directory)};
    if (std::string why = obstacle(home); !why.empty()) return cannot(std::move(why));
    const auto shim = bytes_of(shim_of_this_build());
    if (!shim) return cannot(shim_of_this_build().string() + ": the shim cannot be read");
    Steps steps;
    Homes homes(setup.record);
    place_shim(home, home.integration(), *shim, steps);
    place_shim(home, home.active_response(), *shim, steps);
    const std::uint64_t rules = place_rules(home, homes.rules_in(home.path.string()), steps);
    warn_of_same_ids(home, steps);
    care_for_ossec_conf(home, write, steps);
    if (const std::string why = homes.remember(home.path.string(), rules); !why.empty())
        steps.failed(home.path, why);
    steps.note("\nFor active responses, if you want any (" + home.ossec_conf().string() + "):\n\n" +
               std::string(active_response_text()));
    steps.note(
        "\nThen: enrichd wazuh doctor, systemctl enable --now enrichd.socket enrichd.service, systemctl "
        "restart "
        "wazuh-manager\n");
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
