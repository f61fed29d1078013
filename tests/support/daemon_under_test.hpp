// The real enrichd with its own configuration, sockets and spool, and the real shim run as Wazuh runs it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {

struct ShimRun {
    int exit_code = -1;
    std::string output;  // stdout and stderr, one pipe read to its end
    std::chrono::milliseconds wall{0};
};

class DaemonUnderTest {
  public:
    /// `domain_stats_url` may be of nobody. `extra` is more YAML, at top level.
    explicit DaemonUnderTest(std::string domain_stats_url, std::string extra = {});
    ~DaemonUnderTest();

    const TempDir& home() const { return home_; }
    std::filesystem::path wazuh_home() const { return home_ / "ossec"; }
    std::filesystem::path spool() const { return home_ / "spool"; }
    std::filesystem::path state() const { return home_ / "state"; }
    std::uint16_t admin_port() const { return admin_port_; }
    std::filesystem::path socket() const { return home_ / "intake.sock"; }

    /// Starts it and waits until it takes alerts. `passed_socket` comes from outside, as from systemd.
    void start(int passed_socket = -1, std::vector<std::string> more_arguments = {});
    /// Has systemd-socket-activate listen, which becomes the daemon at the first connection. Waits until it
    /// listens.
    void start_at_first_connection();
    /// SIGTERM; the exit code.
    int stop();
    /// kill -9.
    void crash();
    Child& process() const { return *process_; }

    /// Writes the alert into a file, runs the shim on it with the arguments of Wazuh 4.8 and later, deletes
    /// the file.
    ShimRun shim(const std::string& alert);
    /// Runs the shim on a path of the caller's.
    ShimRun shim_on(const std::filesystem::path& file);

    /// Runs the shim as Wazuh's execd does: no arguments, one line on stdin, which stays open.
    ShimRun respond(const std::string& line);

    /// Environment for the daemon, beside the test's own.
    std::map<std::string, std::string> environment;

    /// Another verb of the same program with the same configuration; its exit code and output.
    ShimRun verb(std::vector<std::string> arguments) const;

    /// The events in the JSON-lines output so far.
    std::vector<nlohmann::json> events() const;
    /// Waits until there are `count` of them, and then returns all.
    std::vector<nlohmann::json> wait_for_events(std::size_t count,
                                                std::chrono::milliseconds limit = patience) const;

    /// Body of a page of admin.listen; empty when it cannot be had.
    std::string get(const std::string& target) const;
    /// One sample of /metrics, by its name and labels as written there; -1 when it is not there.
    double metric(const std::string& name_and_labels) const;

    /// Of the process now: descriptors that are open, and kB of resident memory.
    std::size_t descriptors() const;
    long resident() const;

    std::string log() const { return read_file(home_ / "log"); }

    void write_config(const std::string& extra);

    /// Another build of enrichd, for the next start.
    std::string program = ENRICHD_PROGRAM;

    /// More keys of the sections intake and admin, as their lines, for the next write_config.
    std::string more_of_intake;
    std::string more_of_admin;

    /// Of the requests for pages; empty: none.
    std::string authorization;

  private:
    ShimRun shim_with(std::vector<std::string> arguments, int input) const;

    TempDir home_;
    std::string url_;
    std::uint16_t admin_port_ = 0;
    std::unique_ptr<Child> process_;
    unsigned alerts_ = 0;
};

/// How many events say YOUR-FIRST-CONTACT.
std::size_t first_contacts(const std::vector<nlohmann::json>& events);

}  // namespace enrichd::test
