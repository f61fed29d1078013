#include "app/support.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "cli/control_verbs.hpp"
#include "cli/program.hpp"
#include "config/sections.hpp"
#include "config/version.hpp"
#include "config/yaml_writer.hpp"
#include "net/upstream_url.hpp"
#include "wazuh/doctor.hpp"
#include "wazuh/home.hpp"

namespace enrichd {
namespace {

constexpr auto patience = std::chrono::seconds(10);  // for a program
constexpr const char* masked = "masked.invalid";

std::string titled(const std::string& title, const std::string& text) {
    return "===== " + title + "\n" + text + (text.ends_with('\n') ? "\n" : "\n\n");
}

/// The host of a URL may be an internal name: all but loopback and the one of `known` is masked.
void mask_host(std::string& url, const std::string& known) {
    const auto parsed = parse_upstream_url(url);
    if (!parsed || url == known) return;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(parsed->host, ec);
    if (parsed->host == "localhost" || (!ec && address.is_loopback())) return;
    url = std::string(parsed->tls ? "https://" : "http://") + masked;
}

std::string masked_configuration(Config config) {
    config.gate.skip_suffixes.assign(config.gate.skip_suffixes.size(), masked);
    if (!config.shared.url.empty()) config.shared.url = std::string("redis://") + masked;
    config.shared.node.clear();
    mask_stages(config, mask_host, [](Secret& proxy) {
        if (!proxy.empty()) proxy = Secret(std::string("http://") + masked + ":3128");
    });
    return to_yaml(config);
}

/// The status, in which addresses of servers may be internal names.
std::string masked_status(const std::string& text) {
    nlohmann::ordered_json status = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!status.is_object()) return text;
    const auto mask = [&status](const char* list, const char* member) {
        if (!status.contains(list)) return;
        for (auto& one : status[list]) {
            std::string url = one.value(member, "");
            if (!url.starts_with("http://") && !url.starts_with("https://")) continue;
            if (const std::size_t path = url.find('/', url.find("//") + 2); path != std::string::npos)
                url.resize(path);
            mask_host(url, {});
            one[member] = url;
        }
    };
    mask("checks", "address");
    mask("lists", "source");
    return status.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string system_facts() {
    utsname kernel{};
    ::uname(&kernel);
    std::string out = std::string("kernel ") + kernel.release + " " + kernel.machine + "\n";
    std::ifstream release("/etc/os-release");
    for (std::string line; std::getline(release, line);)
        if (line.starts_with("PRETTY_NAME=")) out += line + "\n";
    return out;
}

/// Which keys are wrong, without what was given.
std::string problems_of(const ParsedConfig& parsed) {
    std::string out;
    const auto add = [&](const std::vector<Problem>& list, const char* kind) {
        for (const Problem& one : list)
            out += std::string(kind) + " in line " + std::to_string(one.line) + ": " + one.key + "\n";
    };
    add(parsed.errors, "error");
    add(parsed.warnings, "warning");
    return out.empty() ? "none\n" : out;
}

std::string places(const Config& config) {
    std::string out;
    for (const std::string& path :
         {config.intake.socket, config.admin.socket, config.spool.directory, config.spool.directory + "/new",
          config.spool.directory + "/tmp", config.state.directory, config.state.file(),
          std::string(default_config_file)})
        out += path + " " + wazuh::rights(path) + "\n";
    for (const std::string& path : {config.spool.directory, config.state.directory}) {
        std::error_code none_then;
        const auto space = std::filesystem::space(path, none_then);
        if (!none_then) out += path + ": " + std::to_string(space.available / 1'000'000) + " MB free\n";
    }
    return out;
}

/// A file that is there may be anything, and stays. Empty when it is done.
std::string write_new(const std::string& file, const std::string& text) {
    const Fd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    for (std::size_t written = 0; out && written < text.size();) {
        const ssize_t some = ::write(out.get(), text.data() + written, text.size() - written);
        if (some < 0) return file + ": " + last_error().message();
        written += static_cast<std::size_t>(some);
    }
    return out ? "" : file + ": " + last_error().message();
}

std::string output_of(const std::vector<std::string>& command) {
    const ProgramRun run = run_program(command, patience);
    return run.exit_code == 127 ? command.front() + " is not here\n" : run.output;
}

}  // namespace

Report write_support_file(const Config& config, const std::string& config_file, const std::string& target,
                          bool with_log) {
    const Report status = daemon_status(config);
    const Report doctor = wazuh::doctor(config, {});
    std::string text =
        titled("version", version_text()) + titled("system", system_facts()) +
        titled("mistakes in the configuration", problems_of(load_config(config_file))) +
        titled("configuration in effect, masked", masked_configuration(config)) +
        titled("status", status.good ? masked_status(status.json) : status.error) +
        titled("wazuh doctor", doctor.human) + titled("places", places(config)) +
        titled("unit", output_of({"systemctl", "show", "--no-pager", "-p",
                                  "ActiveState,SubState,Result,NRestarts,ExecMainStatus,MemoryCurrent",
                                  "enrichd.service", "enrichd.socket"}));
    if (with_log)
        text += titled("log", output_of({"journalctl", "--no-pager", "-u", "enrichd.service", "-n", "500"}));
    if (target == "-") return {"{}\n", text, {}, true};
    std::string stamp = to_iso_date(wall_seconds(WallClock::now()));
    std::erase(stamp, ':');
    const std::string file = target.empty() ? "enrichd-support-" + stamp + ".txt" : target;
    const std::string why = write_new(file, text);
    if (!why.empty()) return {{}, {}, why, false};
    const nlohmann::json where{{"file", file}};
    return {where.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n",
            file + ": read it before you send it\n",
            {},
            true};
}

}  // namespace enrichd
