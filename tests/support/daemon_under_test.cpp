#include "support/daemon_under_test.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>

#include "support/free_port.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace asio = boost::asio;
using asio::ip::tcp;

DaemonUnderTest::DaemonUnderTest(std::string domain_stats_url, std::string extra)
    : url_(std::move(domain_stats_url)), admin_port_(free_port()) {
    std::filesystem::create_directories(wazuh_home());
    write_config(extra);
}

DaemonUnderTest::~DaemonUnderTest() = default;

void DaemonUnderTest::write_config(const std::string& extra) {
    std::ostringstream out;
    const auto unless_given = [&](const char* section, const std::string& text) {
        if (("\n" + extra).find("\n" + std::string(section) + ":") == std::string::npos)
            out << section << ":" << text << "\n";
    };
    unless_given("wazuh", "\n  home: " + wazuh_home().string());
    out << "intake:\n  socket: " << socket().string() << "\n  spool: " << spool().string() << "\n  allow: ["
        << ::getuid() << "]\n"
        << more_of_intake;
    unless_given("domain_stats", "\n  url: " + url_);
    unless_given("outputs", "\n  wazuh: false\n  file: " + (home_ / "events.jsonl").string());
    unless_given("policy", "\n  repeat_after: 0s");  // else a second query of a name gives no event
    unless_given("state", "\n  directory: " + state().string());
    out << "admin:\n  listen: 127.0.0.1:" << admin_port_ << "\n  socket: " << (home_ / "admin.sock").string()
        << "\n"
        << more_of_admin << extra;
    write_file(home_ / "enrichd.yaml", out.str());
}

void DaemonUnderTest::start(int passed_socket, std::vector<std::string> more_arguments) {
    Command command{program,
                    {"enrichd", "run", "--config", (home_ / "enrichd.yaml").string()},
                    environment,
                    home_ / "log",
                    passed_socket};
    command.arguments.insert(command.arguments.end(), more_arguments.begin(), more_arguments.end());
    process_ = std::make_unique<Child>(command);
    if (!eventually([&] { return get("/livez") == "ok\n"; }))
        throw std::runtime_error("enrichd did not start: " + log());
}

void DaemonUnderTest::start_at_first_connection() {
    std::filesystem::remove(socket());
    const Command command{"/usr/bin/systemd-socket-activate",
                          {"systemd-socket-activate", "--seqpacket", "--listen=" + socket().string(),
                           ENRICHD_PROGRAM, "run", "--config", (home_ / "enrichd.yaml").string()},
                          environment,
                          home_ / "log"};
    process_ = std::make_unique<Child>(command);
    if (!eventually([&] { return std::filesystem::exists(socket()); }))
        throw std::runtime_error("systemd-socket-activate does not listen: " + log());
}

int DaemonUnderTest::stop() {
    process_->signal(SIGTERM);
    const int code = process_->wait();
    process_.reset();
    return code;
}

void DaemonUnderTest::crash() {
    process_->signal(SIGKILL);
    process_->wait();
    process_.reset();
}

ShimRun DaemonUnderTest::shim(const std::string& alert) {
    const auto file = home_ / ("custom-dnsstats-1795492847--" + std::to_string(++alerts_) + ".alert");
    write_file(file, alert);
    ShimRun run = shim_on(file);
    std::filesystem::remove(file);
    return run;
}

ShimRun DaemonUnderTest::shim_on(const std::filesystem::path& file) {
    return shim_with({"integrations", file.string(), "", "", "", "", "10", "3", "> /dev/null 2>&1"}, -1);
}

ShimRun DaemonUnderTest::respond(const std::string& line) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const Fd reading(ends[0]);
    const Fd writing(ends[1]);
    if (::write(writing.get(), line.data(), line.size()) < 0) throw std::runtime_error("write");
    return shim_with({"active-response/bin/enrich-otx"}, reading.get());
}

ShimRun DaemonUnderTest::shim_with(std::vector<std::string> arguments, int input) const {
    const Command command{ENRICH_SHIM_PROGRAM,
                          std::move(arguments),
                          {{"ENRICHD_SOCKET", socket().string()}, {"ENRICHD_SPOOL", spool().string()}},
                          {},
                          -1,
                          input};
    const auto start = std::chrono::steady_clock::now();
    Child child(command);
    ShimRun run;
    run.output = child.output();
    run.exit_code = child.wait();
    run.wall =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    return run;
}

ShimRun DaemonUnderTest::verb(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "enrichd");
    arguments.insert(arguments.end(), {"--config", (home_ / "enrichd.yaml").string()});
    Child child({ENRICHD_PROGRAM, std::move(arguments), environment, {}});
    ShimRun run;
    run.output = child.output();
    run.exit_code = child.wait();
    return run;
}

std::vector<nlohmann::json> DaemonUnderTest::events() const {
    std::vector<nlohmann::json> out;
    std::istringstream lines(read_file(home_ / "events.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        auto event = nlohmann::json::parse(line, nullptr, false);
        if (!event.is_discarded()) out.push_back(std::move(event));  // the last may be half written
    }
    return out;
}

std::vector<nlohmann::json> DaemonUnderTest::wait_for_events(std::size_t count,
                                                             std::chrono::milliseconds limit) const {
    eventually([&] { return events().size() >= count; }, limit);
    return events();
}

std::string DaemonUnderTest::get(const std::string& target) const {
    asio::io_context io;
    tcp::socket socket(io);
    boost::system::error_code ec;
    socket.connect({asio::ip::address_v4::loopback(), admin_port_}, ec);
    if (ec) return {};
    const std::string header = authorization.empty() ? "" : "Authorization: " + authorization + "\r\n";
    asio::write(socket, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n"),
                ec);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), ec);
    const std::size_t body = answer.find("\r\n\r\n");
    return body == std::string::npos ? std::string() : answer.substr(body + 4);
}

double DaemonUnderTest::metric(const std::string& name_and_labels) const {
    std::istringstream lines(get("/metrics"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name_and_labels + " ")) return std::stod(line.substr(name_and_labels.size()));
    return -1;
}

std::size_t DaemonUnderTest::descriptors() const {
    return count_files("/proc/" + std::to_string(process_->pid()) + "/fd");
}

long DaemonUnderTest::resident() const {
    const std::string status = read_file("/proc/" + std::to_string(process_->pid()) + "/status");
    return std::stol(status.substr(status.find("VmRSS:") + 6));
}

std::size_t first_contacts(const std::vector<nlohmann::json>& events) {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [](const nlohmann::json& one) {
            const auto pointer = nlohmann::json::json_pointer("/event/dnsstat/alerts");
            const auto alerts = one.value(pointer, nlohmann::json::array());
            return std::find(alerts.begin(), alerts.end(), "YOUR-FIRST-CONTACT") != alerts.end();
        }));
}

}  // namespace enrichd::test
