#include "wazuh/self_test.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "cli/control_client.hpp"
#include "cli/program.hpp"
#include "wazuh/doctor/access.hpp"
#include "wazuh/doctor/findings.hpp"
#include "wazuh/doctor/running.hpp"
#include "wazuh/home.hpp"

namespace enrichd::wazuh {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr auto shim_patience = 5s;
constexpr auto daemon_patience = 10s;  // a spool is read within seconds
constexpr auto wazuh_patience = 10s;
constexpr auto between_looks = 50ms;
constexpr std::size_t recent_alerts = 1024 * 1024;  // bytes of alerts.json
constexpr const char* doctor_hint = "enrichd wazuh doctor";

/// Looks until there is something, or the time is over.
template <class Look>
auto wait_for(std::chrono::seconds patience, Look look) -> decltype(look()) {
    const Clock::time_point limit = Clock::now() + patience;
    for (;;) {
        auto found = look();
        if (found || Clock::now() > limit) return found;
        std::this_thread::sleep_for(between_looks);
    }
}

/// Whether an entry is a JSON pointer that leads through objects alone, on no condition.
bool without_lists(const std::string& pointer) {
    if (field_entry(pointer).needs != Condition::none) return false;
    for (auto path = Json::json_pointer(pointer); !path.empty(); path.pop_back())
        if (path.back() == "-" || path.back().find_first_not_of("0123456789") == std::string::npos)
            return false;
    return true;
}

/// As the integrator writes it, with the name in the first of the fields that needs no list; empty when all
/// do.
std::string alert_text(const Config& config, const std::string& name) {
    Json alert{{"id", "selftest." + name.substr(0, name.find('.'))},
               {"agent", {{"id", "000"}, {"name", "enrichd-selftest"}}},
               {"rule", {{"description", "self-test of enrichd"}}}};
    const auto& fields = config.reader.fields;
    const auto field = std::find_if(fields.begin(), fields.end(), without_lists);
    if (field == fields.end()) return {};
    Json around{{*field, name}};
    alert.update(around.unflatten(), true);
    return alert.dump() + "\n";
}

/// A file that everybody may read, for as long as this lives.
class AlertFile {
  public:
    explicit AlertFile(const std::string& text) {
        const Fd out(::mkostemp(path_.data(), O_CLOEXEC));
        good_ = out && ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                ::fchmod(out.get(), 0644) == 0;
    }
    AlertFile(const AlertFile&) = delete;
    AlertFile& operator=(const AlertFile&) = delete;
    ~AlertFile() { ::unlink(path_.c_str()); }

    bool good() const { return good_; }
    const std::string& path() const { return path_; }

  private:
    std::string path_{"/tmp/enrichd-selftest-XXXXXX"};  // there everybody may look, unlike in $TMPDIR
    bool good_ = false;
};

/// The one that Wazuh runs, where it is installed.
std::filesystem::path shim_of(const Home& home) {
    return is_there(home.integration()) ? home.integration() : shim_of_this_build();
}

/// As Wazuh runs it: by its user where that can be, else by the calling user.
std::vector<std::string> shim_command(const Config& config, const Home& home, const std::string& alert,
                                      std::string& who) {
    std::vector<std::string> command;
    const auto account = account_named(home.account);
    if (::geteuid() == 0 && account) {
        who = account->name;
        command = {"setpriv", "--reuid=" + std::to_string(account->user),
                   "--regid=" + std::to_string(account->groups.front()), "--init-groups"};
    } else {
        who = ::geteuid() == 0 ? "root: there is no user " + home.account
                               : "this user, not as " + home.account + ": become root for that";
    }
    const std::vector<std::string> rest{"env",
                                        "ENRICHD_SOCKET=" + config.intake.socket,
                                        "ENRICHD_SPOOL=" + config.spool.directory,
                                        shim_of(home).string(),
                                        alert,
                                        "",
                                        "",
                                        "",
                                        ""};
    command.insert(command.end(), rest.begin(), rest.end());
    return command;
}

class Following {
  public:
    Following(const Config& config, Home home) : config_(config), home_(std::move(home)) {}

    Report run() {
        if (begins() && passes_the_shim() && arrives() && leaves()) is_an_alert();
        return found_.report("The alert came through.\n");
    }

  private:
    std::optional<Json> ask(const Json& question, std::string& failure) const {
        ControlClient daemon(config_.admin.socket);
        const auto answer = daemon.ask(question.dump());
        if (answer) return Json::parse(*answer);
        failure = daemon.failure();
        return std::nullopt;
    }

    bool begins() {
        std::string failure;
        const auto answer = ask({{"verb", "selftest begin"}}, failure);
        if (!answer) {
            found_.problem("daemon", failure, "systemctl status enrichd; journalctl -u enrichd");
            return false;
        }
        name_ = (*answer)["name"];
        found_.ok("daemon", "answers on " + config_.admin.socket);
        return true;
    }

    bool passes_the_shim() {
        const std::string text = alert_text(config_, name_);
        if (text.empty()) {
            found_.problem("alert", "each of intake.fields leads through a list",
                           "add /data/win/eventdata/queryName");
            return false;
        }
        const AlertFile alert(text);
        if (!alert.good()) {
            found_.problem("alert", alert.path() + " cannot be written", "free space in that directory");
            return false;
        }
        std::string who;
        const std::string shim = shim_of(home_).string();
        const ProgramRun run = run_program(shim_command(config_, home_, alert.path(), who), shim_patience);
        if (run.exit_code == 0) {
            found_.ok("shim", shim + " exited with code 0, run as " + who);
            return true;
        }
        std::string said = run.output.substr(0, run.output.find('\n'));
        if (run.exit_code == 127 && said.empty()) said = "it, setpriv or env cannot be run";
        found_.problem("shim",
                       shim + ", run as " + who + ": exit code " + std::to_string(run.exit_code) + " " + said,
                       doctor_hint);
        return false;
    }

    bool arrives() {
        std::string failure;
        const auto look = [&]() -> std::optional<Json> {
            failure.clear();
            auto answer = ask({{"verb", "selftest result"}, {"name", name_}}, failure);
            if (answer && (*answer)["reported"].get<bool>()) return answer;
            return std::nullopt;
        };
        const auto answer = wait_for(daemon_patience, look);
        if (!answer) {
            found_.problem("intake",
                           failure.empty() ? "the shim says that the alert is safe, and the daemon did not "
                                             "process it within 10 s; look into the spool, " +
                                                 config_.spool.directory
                                           : failure,
                           "enrichd status says what the daemon waits for");
            return false;
        }
        result_ = *answer;
        if (result_["source"] == "spool")
            found_.warning("intake",
                           "the alert came by the spool: the shim got no answer on " + config_.intake.socket +
                               " within 250 ms",
                           doctor_hint);
        else
            found_.ok("intake", "the alert came by the socket " + config_.intake.socket);
        return true;
    }

    bool leaves() {
        for (const Json& output : result_["waiting"])
            found_.problem("output " + output.get<std::string>(),
                           "does not take the event now; it waits in the state file and is written later",
                           "enrichd status says why");
        if (!result_["waiting"].empty()) return false;
        found_.ok("outputs", std::string("the event was written") +
                                 (config_.outputs.wazuh ? " to Wazuh's queue" : "") +
                                 (config_.outputs.wazuh && !config_.outputs.file.empty() ? " and" : "") +
                                 (config_.outputs.file.empty() ? "" : " to " + config_.outputs.file));
        return config_.outputs.wazuh;
    }

    void is_an_alert() {
        const std::filesystem::path alerts = home_.path / "logs/alerts/alerts.json";
        if (!running(home_, "wazuh-analysisd", "queue").runs)
            return found_.warning("Wazuh", "wazuh-analysisd does not run here, so no alert is looked for",
                                  "systemctl start wazuh-manager; in a container look there");
        const auto there = [&] { return end_of(alerts, recent_alerts).find(name_) != std::string::npos; };
        if (wait_for(wazuh_patience, there)) return found_.ok("Wazuh", "made an alert of it, rule 100302");
        found_.warning("Wazuh", "made no alert of it within 10 s in " + alerts.string(),
                       "systemctl restart wazuh-manager loads the rules; " + std::string(doctor_hint));
    }

    const Config& config_;
    Home home_;
    std::string name_;
    Json result_;
    Findings found_;
};

}  // namespace

Report self_test(const Config& config, const std::string& home, const std::string& wazuh_account) {
    return Following(config, {resolved(home.empty() ? config.wazuh_home : home), wazuh_account}).run();
}

}  // namespace enrichd::wazuh
