#include "app/replay.hpp"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "app/inspect.hpp"
#include "base/counters.hpp"
#include "base/random.hpp"
#include "cli/documents.hpp"
#include "cli/terminal.hpp"
#include "net/unix_socket.hpp"
#include "outputs/json_lines/json_lines.hpp"
#include "pipeline/alert_reader.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr timeval patience{10, 0};            // for a reply
constexpr auto busy_pause = 100ms;            // then the same alert is tried again
constexpr auto busy_patience = 5min;          // of one alert
constexpr std::uint64_t progress_step = 256;  // documents

struct Counts {
    std::uint64_t documents = 0;
    std::uint64_t alerts = 0;  // with a name, so handed over
    Counters left_out;         // by why
};

Report failed(std::string why) {
    return {{}, {}, std::move(why), false};
}

/// A file without one alert to hand over is a mistake: of the file, or of intake.fields.
Report report_of(const std::string& file, const Counts& counts, const char* done) {
    Json left_out = Json::object();
    std::string reasons;
    for (const auto& [reason, count] : counts.left_out.counts()) {
        left_out[std::string(reason)] = count;
        reasons += ", " + grouped(count) + " left out: " + std::string(reason);
    }
    const Json json{{"documents", counts.documents}, {"alerts", counts.alerts}, {"left_out", left_out}};
    Report report{
        json.dump() + "\n", counted(counts.alerts, "alert") + " " + done + reasons + "\n", {}, true};
    report.good = counts.alerts > 0;
    if (counts.documents == 0)
        report.error = file + ": holds no alert";
    else if (counts.alerts == 0)
        report.error = file +
                       ": no alert in it has a queried name (not_json: no JSON object; name_missing: "
                       "none of the fields of intake.fields)";
    return report;
}

/// Calls `work(alert, job)` for each alert with a name, until it returns a reason to stop.
template <class Work>
std::string for_each_alert(const Config& config, const std::string& file, const Progress& progress,
                           Counts& counts, Work work) {
    Documents documents(file);
    if (!documents.open()) return file + ": is no file that can be read";
    const AlertReader reader(config.reader);
    std::string alert;
    while (documents.next(alert)) {
        if (counts.documents++ % progress_step == 0) progress(documents.share());
        auto job = reader.read(alert, Destination::siem);
        if (!job) {
            counts.left_out.add(label(job.error()));
            continue;
        }
        ++counts.alerts;
        if (std::string stop = work(alert, *std::move(job)); !stop.empty())
            return std::string(file)
                .append(", line ")
                .append(std::to_string(documents.line()))
                .append(": ")
                .append(stop);
    }
    progress(1);
    if (documents.failed()) return file + ": cannot be read to its end";
    return {};
}

/// The packet that the shim would send, without a path.
std::vector<unsigned char> packet_of(const std::string& alert, std::uint64_t id) {
    std::vector<unsigned char> packet(WIRE_REQUEST_HEADER);
    const wire_request request{id, WIRE_KIND_ALERT, 0, static_cast<std::uint32_t>(alert.size())};
    wire_pack_request(packet.data(), &request);
    packet.insert(packet.end(), alert.begin(), alert.end());
    return packet;
}

result<wire_status> exchange(const std::string& socket_path, const std::vector<unsigned char>& packet) {
    auto socket = connect_packets(socket_path);
    if (!socket) return socket.error();
    ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::send(socket->get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) return last_error();
    std::array<unsigned char, WIRE_REPLY_SIZE + 1> reply{};
    const ssize_t got = ::recv(socket->get(), reply.data(), reply.size(), 0);
    if (got < 0) return last_error();
    if (got == 0) return errc::cut;
    return wire_unpack_reply(reply.data(), static_cast<std::size_t>(got));
}

/// Why it cannot go on; empty when the alert is safe, or no alert to the daemon, which is counted.
std::string hand_over(const std::string& socket, const std::string& alert, std::uint64_t id, Counts& counts) {
    const auto packet = packet_of(alert, id);
    const Clock::time_point limit = Clock::now() + busy_patience;
    for (;;) {
        const auto status = exchange(socket, packet);
        if (!status) return socket + ": " + status.error().message() + ": is enrichd running?";
        if (*status == WIRE_STATUS_SAFE) return {};
        if (*status == WIRE_STATUS_NOT_AN_ALERT) {
            --counts.alerts;
            counts.left_out.add("refused_by_daemon");
            return {};
        }
        if (*status == WIRE_STATUS_BAD_PACKET) return "the daemon is of another version";
        if (*status == WIRE_STATUS_NOT_ALLOWED)
            return "the daemon does not take alerts from this user (intake.allow)";
        if (Clock::now() > limit) return "the daemon stays busy (enrichd status says why)";
        std::this_thread::sleep_for(busy_pause);
    }
}

}  // namespace

Report replay(const Config& config, const std::string& file, const Progress& progress) {
    Counts counts;
    std::mt19937_64 ids(random_seed());
    const std::string stopped =
        for_each_alert(config, file, progress, counts, [&](const std::string& line, const Job&) {
            return hand_over(config.intake.socket, line, ids() | 1U, counts);
        });
    if (!stopped.empty()) return failed(stopped);
    return report_of(file, counts, "handed over");
}

Report rehearse(const Config& config, const std::string& file, std::ostream& out, const Progress& progress) {
    Counts counts;
    Rehearsal rehearsal(config);
    const std::string stopped =
        for_each_alert(config, file, progress, counts, [&](const std::string&, Job job) -> std::string {
            for (const Event& event : rehearsal.events_of(std::move(job)))
                out << lines_for_terminal(json_line(event));
            if (rehearsal.failure()) return "an upstream failed: " + rehearsal.failure()->message();
            return out ? "" : "standard output cannot be written";
        });
    if (!stopped.empty()) return failed(stopped);
    return report_of(file, counts, "rehearsed, nothing was sent");
}

}  // namespace enrichd
