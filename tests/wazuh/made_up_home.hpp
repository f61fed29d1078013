// A made-up directory of a Wazuh manager. Its user and group are those of "daemon": a machine for tests has
// no wazuh.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "fakes/fake_wazuh_queue.hpp"
#include "net/unix_socket.hpp"
#include "support/temp_dir.hpp"
#include "wazuh/doctor.hpp"
#include "wazuh/home.hpp"
#include "wazuh/setup.hpp"

namespace enrichd::wazuh::test {

using namespace enrichd::test;
namespace fs = std::filesystem;

constexpr gid_t some_group = 1;  // daemon

class WazuhTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "files can be given to root by root alone";
        for (const char* part : {"integrations", "active-response/bin", "etc/rules", "queue/sockets", "logs",
                                 "bin", "ruleset/rules"})
            fs::create_directories(home_.path / part);
        write_file(home_.ossec_conf(), stock_conf);
        write_file(home_.path / "VERSION.json", "{\"version\":\"4.14.9\"}");
        write_file(home_.path / "ruleset/rules/0595-win-sysmon_rules.xml", stock_sysmon_rules);
        for (const auto& entry : fs::recursive_directory_iterator(home_.path))
            own(entry.path(), entry.is_directory() ? 0750 : 0640);
        own(home_.path, 0750);
        ::chmod(dir_.path().c_str(), 0755);
        config_.wazuh_home = home_.path;
        config_.intake.allow = {"root", accounts_.wazuh};
        config_.intake.socket = dir_ / "run/intake.sock";
        config_.spool.directory = dir_ / "spool";
        config_.admin.socket = dir_ / "admin.sock";
    }

    /// Gives a file to root and Wazuh's group.
    static void own(const fs::path& file, mode_t mode) {
        ASSERT_EQ(::chown(file.c_str(), 0, some_group), 0) << file;
        ASSERT_EQ(::chmod(file.c_str(), mode), 0) << file;
    }
    void write_rules(const std::string& name, const std::string& xml) const {
        write_file(home_.rules_directory() / name, xml);
        own(home_.rules_directory() / name, 0660);
        make_older(home_.rules_directory() / name);
    }
    void write_conf(const std::string& text) const {
        write_file(home_.ossec_conf(), text);
        own(home_.ossec_conf(), 0660);
        make_older(home_.ossec_conf());
    }
    /// Than the programs that run, however slow the test is.
    static void make_older(const std::filesystem::path& file) {
        std::filesystem::last_write_time(
            file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    }
    std::string conf() const { return read_file(home_.ossec_conf()); }
    /// Of ossec.conf.
    void replace(const std::string& what, const std::string& by) const {
        std::string text = conf();
        const std::size_t at = text.find(what);
        ASSERT_NE(at, std::string::npos) << what;
        write_conf(text.replace(at, what.size(), by));
    }
    std::size_t backups() const {
        return static_cast<std::size_t>(std::count_if(
            fs::directory_iterator(home_.path / "etc"), {}, [](const fs::directory_entry& entry) {
                return entry.path().filename().string().starts_with("ossec.conf.before-enrichd-");
            }));
    }
    /// One of Wazuh's programs that look whether a configuration is good.
    void validator(int exit_code) const {
        write_file(
            home_.path / "bin/wazuh-analysisd",
            "#!/bin/sh\necho \"ERROR: (1230): Invalid element\"\nexit " + std::to_string(exit_code) + "\n");
        ::chmod((home_.path / "bin/wazuh-analysisd").c_str(), 0755);
    }
    /// What is needed for alerts to go their way, but for a running enrichd.
    void everything_works() {
        ASSERT_TRUE(install(setup_, "", true).good);
        own(home_.rules(), 0660);
        make_older(home_.rules());
        fs::create_directories(config_.spool.directory + "/new");
        fs::create_directories(config_.spool.directory + "/tmp");
        fs::create_directories(dir_ / "run");
        for (const char* part : {"spool", "spool/new", "spool/tmp"}) {
            own(dir_ / part, 0770);
        }
        own(dir_ / "run", 0755);
        intake_ = listen_unix(UnixSocket::packets, config_.intake.socket, 0660, some_group).value();
        queue_ = std::make_unique<fakes::FakeWazuhQueue>(home_.path);
        own(home_.queue(), 0660);
        integrator_ =
            listen_unix(UnixSocket::stream, home_.path / "queue/sockets/integrator", 0660, some_group)
                .value();
    }

    nlohmann::json findings() {
        return nlohmann::json::parse(doctor(config_, "", accounts_).json)["findings"];
    }
    /// All of one kind, "what: detail".
    std::vector<std::string> all(const std::string& kind) {
        std::vector<std::string> out;
        for (const auto& one : findings())
            if (one["finding"] == kind)
                out.push_back(one["what"].get<std::string>() + ": " + one["detail"].get<std::string>());
        return out;
    }
    /// The problems, but for that no enrichd runs here.
    std::string problems() {
        std::string out;
        for (const std::string& one : all("PROBLEM"))
            if (!one.starts_with("enrichd: ")) out += one + "\n";
        return out;
    }
    std::string warnings() {
        std::string out;
        for (const std::string& one : all("warning"))
            if (!one.starts_with("intake.socket, intake.spool")) out += one + "\n";
        return out;
    }
    /// What doctor found of a thing, "PROBLEM why": the gravest when it is named more than once.
    std::string finding(const std::string& what) {
        std::string found = "not looked at";
        const auto gravity = [](const std::string& text) {
            return text.starts_with("PROBLEM")   ? 3
                   : text.starts_with("warning") ? 2
                   : text.starts_with("ok")      ? 1
                                                 : 0;
        };
        for (const auto& one : findings()) {
            if (one["what"].get<std::string>().find(what) == std::string::npos) continue;
            const std::string said =
                one["finding"].get<std::string>() + " " + one["detail"].get<std::string>();
            if (gravity(said) > gravity(found)) found = said;
        }
        return found;
    }

    static constexpr const char* stock_conf =
        "<ossec_config>\n  <global>\n    <jsonout_output>yes</jsonout_output>\n  </global>\n  <alerts>\n"
        "    <log_alert_level>3</log_alert_level>\n  </alerts>\n  <ruleset>\n"
        "    <rule_dir>ruleset/rules</rule_dir>\n    <rule_dir>etc/rules</rule_dir>\n  </ruleset>\n"
        "</ossec_config>\n";
    static constexpr const char* stock_sysmon_rules =
        "<group name=\"windows,sysmon,\">\n<rule id=\"61600\" "
        "level=\"0\"><description>d</description></rule>\n"
        "<rule id=\"61650\" level=\"0\"><if_sid>61600</if_sid><field name=\"win.system.eventID\">^22$</field>"
        "<description>d</description><group>sysmon_event_22,</group></rule>\n</group>\n";

    TempDir dir_;
    Home home_{fs::canonical(dir_.path()) / "ossec"};
    Config config_;
    Accounts accounts_{"daemon", "daemon"};
    const wazuh::Setup setup_{config_, dir_ / "etc/wazuh_homes.json"};
    std::unique_ptr<fakes::FakeWazuhQueue> queue_;
    Fd intake_;
    Fd integrator_;
};

}  // namespace enrichd::wazuh::test
