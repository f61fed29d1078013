#include "soak/followed.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "soak/alerts_writer.hpp"
#include "soak/other_faults.hpp"
#include "support/alerts.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;
using SoakClock = std::chrono::steady_clock;

constexpr std::size_t full_disk = 64 * 1024;  // bytes: less than the state file has
constexpr std::size_t too_long = 200 * 1024;  // bytes of a line

std::string line_of(const std::string& name, std::size_t number) {
    std::string line = alert_for(name, std::to_string(number));
    line.pop_back();  // the end of the line
    return line;
}

/// Lines that are no DNS alerts, and what crashes and other programs leave in such a file.
std::string other_line(std::mt19937_64& random) {
    switch (random() % 40) {
        case 0:
            return {};
        case 1:
            return std::string(1 + random() % 5'000, '\0');
        case 2:
            return R"({"timestamp":"2026-11-27T04:04:22.734+0000","full_log":")" +
                   std::string(too_long, 'x') + R"("})";
        case 3:
            return R"({"timestamp":"2026-11-27T04:04:22.734+0000","data":{"win":{"eventdata":{"queryName":""}}}})";
        case 4:
            return "\xff\xfe not JSON \r";
        default:
            return R"({"timestamp":"2026-11-27T04:04:22.734+0000","rule":{"level":5,"description":"sshd: )"
                   R"(authentication failed.","id":"5760"},"agent":{"id":"002","name":"web-1"},"id":")" +
                   std::to_string(random()) +
                   R"(","full_log":"sshd[1]: Failed password for root from 203.0.113.9 port 4 ssh2",)"
                   R"("decoder":{"name":"sshd"},"data":{"srcip":"203.0.113.9"},"location":"journald"})";
    }
}

std::size_t count_text(const std::string& in, std::string_view what) {
    std::size_t count = 0;
    for (std::size_t at = in.find(what); at != std::string::npos; at = in.find(what, at + 1)) ++count;
    return count;
}

/// A daemon that follows a file, and the file's writer.
class FollowedWorld {
  public:
    explicit FollowedWorld(std::uint64_t seed)
        : seed_(seed),
          random_(seed * 31 + 7),
          writer_(world_.daemon().wazuh_home() / "logs/alerts", seed,
                  [this](std::size_t number) { world_.accept(number, mixed_name(seed_, number)); }) {
        world_.otx().retry_after(1s);
        world_.follow(writer_.file());
    }

    World& world() { return world_; }
    DaemonUnderTest& daemon() { return world_.daemon(); }
    AlertsWriter& writer() { return writer_; }
    FollowedOutcome& so_far() { return out_; }

    /// The daemon starts and has read the file: from then on it knows where to go on.
    void start() {
        daemon().start();
        write_alerts(1);
        if (!world_.all_reported(60s)) throw std::runtime_error("the file is not read: " + daemon().log());
    }

    void write_alert() {
        ++number_;
        while (random_() % 2 == 0) {
            const std::string other = other_line(random_);
            writer_.write(other);
            if (other.size() > too_long) writer_.flush();  // half of it would hide the alert behind it
            ++out_.other_lines;
        }
        writer_.write(line_of(mixed_name(seed_, number_), number_), number_);
    }
    void write_alerts(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) write_alert();
        writer_.flush();
    }

    FollowedOutcome outcome() {
        if (!world_.all_reported(120s)) world_.settled();  // what is missing is lost
        out_.healthy = eventually([&] { return world_.healthy(); });
        out_.outcome = world_.outcome();
        out_.gaps = count_text(daemon().log(), "are lost");
        out_.truncations = count_text(daemon().log(), "was emptied");
        out_.duplicates =
            static_cast<std::size_t>(daemon().metric(R"(enrichd_alerts_duplicate_total{source="file"})"));
        return out_;
    }

  private:
    const std::uint64_t seed_;
    std::mt19937_64 random_;
    World world_;
    AlertsWriter writer_;
    std::size_t number_ = 0;
    FollowedOutcome out_;
};

/// One who writes, and one who kills.
class FollowedKills {
  public:
    explicit FollowedKills(const FollowedOptions& options)
        : options_(options), random_(options.seed), here_(options.seed) {}

    FollowedOutcome outcome() {
        here_.start();
        auto killer = std::async(std::launch::async, [&] { kill_all(); });
        write_all();
        killer.get();  // with its exception, if it has one
        FollowedOutcome out = here_.outcome();
        out.kills = kills_;
        out.restarts = restarts_;
        out.most_resident = most_resident_;
        return out;
    }

  private:
    bool once_in(std::size_t alerts) { return writing_() % std::max<std::size_t>(alerts, 1) == 0; }

    void write_all() {
        const std::size_t each = options_.alerts / (3 + options_.kills / 4);
        const auto start = SoakClock::now();
        std::size_t compress_at = 0;
        for (std::size_t i = 1; i <= options_.alerts; ++i) {
            here_.write_alert();
            if (once_in(each)) {
                rotate(i, each, compress_at);
            } else if (once_in(each)) {
                here_.writer().die();
                ++here_.so_far().deaths;
                here_.writer().restart();
            } else if (i == compress_at) {
                here_.writer().compress_old();
            } else if (once_in(20)) {
                here_.writer().flush();
            }
            keep_pace(i, start);
        }
        here_.writer().compress_old();
        here_.writer().flush();
    }

    void rotate(std::size_t number, std::size_t each, std::size_t& compress_at) {
        ++here_.so_far().files;
        if (once_in(4)) {
            ++here_.so_far().days;
            here_.writer().next_day();
            compress_at = number + 1 + writing_() % std::max<std::size_t>(each, 1);
        } else {
            here_.writer().rotate();
        }
    }

    /// Up to some alerts are written and not worked on yet: a few, or several files.
    void keep_pace(std::size_t number, SoakClock::time_point start) {
        if (options_.time > 0ms) {
            std::this_thread::sleep_until(start + options_.time * number / options_.alerts);
            return;
        }
        if (number % 100 == 0) ahead_ = 10 + writing_() % (once_in(5) ? options_.alerts / 4 : 200);
        if (number % 10 != 0 || here_.world().waiting() <= ahead_) return;
        here_.writer().flush();
        eventually([&] { return here_.world().waiting() <= ahead_; }, 10min);
    }

    void kill_all() {
        OtherFaults others(here_.world(), random_);
        for (std::size_t i = 1; i <= options_.kills; ++i) {
            wait_for_moment(i);
            most_resident_ = std::max(most_resident_, here_.world().vitals().resident);
            std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
            if (i % 5 == 0) {
                if (here_.daemon().stop() != 0) throw std::runtime_error("no clean stop");
                ++restarts_;
            } else {
                here_.daemon().crash();
                ++kills_;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(random_() % 30'000));
            if (options_.other_faults) others.next();
            here_.daemon().start();
            if (options_.other_faults && random_() % 6 == 0) full_disk_for_a_while();
        }
    }

    /// When its share of the alerts is worked on, or nothing goes on.
    void wait_for_moment(std::size_t kill) {
        const std::size_t moment = options_.alerts * kill / (options_.kills + 1);
        const auto longest = std::max<std::chrono::milliseconds>(700ms, 2 * options_.time / options_.kills);
        eventually([&] { return here_.world().reported() >= moment; }, longest);
    }

    void full_disk_for_a_while() {
        here_.world().limit_disk(full_disk);
        std::this_thread::sleep_for(300ms);
        here_.world().limit_disk(0);
    }

    const FollowedOptions options_;
    std::mt19937_64 random_;                      // the killer's
    std::mt19937_64 writing_{options_.seed + 1};  // the writer's
    FollowedWorld here_;
    std::size_t ahead_ = 50;
    std::size_t kills_ = 0;
    std::size_t restarts_ = 0;
    long most_resident_ = 0;
};

class FollowedChanges {
  public:
    FollowedChanges(std::uint64_t seed, std::size_t alerts) : alerts_(alerts), here_(seed) {}

    FollowedOutcome outcome() {
        here_.start();
        more_while_it_runs();
        while_it_is_stopped([&] { three_rotations(); });
        while_it_is_stopped([&] { midnight(); });
        truncation();
        while_it_is_stopped([&] { truncation_and_more_than_before(); });
        torn_line();
        replacement();
        while_it_is_stopped([&] { absence(); });
        return here_.outcome();
    }

  private:
    void reported() {
        if (!here_.world().all_reported(120s))
            throw std::runtime_error("alerts are missing: " + here_.world().outcome().text() + "\n" +
                                     here_.daemon().log());
    }
    void more_while_it_runs() {
        here_.write_alerts(alerts_);
        reported();
    }
    void while_it_is_stopped(const std::function<void()>& change) {
        if (here_.daemon().stop() != 0) throw std::runtime_error("no clean stop");
        ++here_.so_far().restarts;
        change();
        here_.daemon().start();
        reported();
        more_while_it_runs();
    }
    void three_rotations() {
        for (int i = 0; i < 3; ++i) {
            here_.write_alerts(alerts_);
            here_.writer().rotate();
            ++here_.so_far().files;
        }
        here_.writer().rotate();  // nothing was written: the old file is removed
        here_.write_alerts(alerts_);
    }
    void midnight() {
        here_.write_alerts(alerts_);
        here_.writer().rotate();
        here_.write_alerts(alerts_);
        here_.writer().next_day();
        here_.writer().compress_old();
        here_.write_alerts(alerts_);
        here_.so_far().files += 2;
        ++here_.so_far().days;
    }
    void truncation() {
        here_.writer().truncate();
        here_.write_alerts(1);
        reported();
        more_while_it_runs();
    }
    void truncation_and_more_than_before() {
        here_.writer().truncate();
        here_.write_alerts(3 * alerts_);
    }
    void torn_line() {
        for (std::size_t i = 0; i < alerts_; ++i) {
            here_.write_alert();
            if (i % 5 != 4) continue;
            here_.writer().die();
            ++here_.so_far().deaths;
            here_.writer().restart();
        }
        here_.writer().flush();
        reported();
    }
    void replacement() {
        here_.writer().replace();
        more_while_it_runs();
    }
    void absence() {
        here_.write_alerts(alerts_);
        here_.writer().next_day();
        std::filesystem::remove(here_.writer().file());
        here_.daemon().start();
        reported();
        here_.writer().rotate();
        here_.write_alerts(alerts_);
        reported();
        if (here_.daemon().stop() != 0) throw std::runtime_error("no clean stop");
    }

    const std::size_t alerts_;
    FollowedWorld here_;
};

}  // namespace

FollowedOutcome followed_kills(const FollowedOptions& options) {
    return FollowedKills(options).outcome();
}

FollowedOutcome followed_changes(std::uint64_t seed, std::size_t alerts) {
    return FollowedChanges(seed, alerts).outcome();
}

FollowedOutcome followed_and_sent(std::uint64_t seed, std::size_t alerts) {
    FollowedWorld here(seed);
    here.daemon().start();
    std::atomic<std::size_t> sent = 0;
    auto sender = std::async(std::launch::async, [&] {
        send_many(
            here.world(), 1, alerts, 2, 0ms, [&](std::size_t number) { return mixed_name(seed, number); },
            &sent);
    });
    std::mt19937_64 random(seed);
    for (std::size_t written = 0; written < alerts;) {
        const std::size_t ahead = random() % 20;  // of the shim, or behind it
        eventually([&] { return sent + ahead >= std::min(alerts, written + 10); }, 10min);
        const std::size_t count = std::min<std::size_t>(1 + random() % 10, alerts - written);
        here.write_alerts(count);
        written += count;
    }
    sender.get();
    FollowedOutcome out = here.outcome();
    return out;
}

std::string FollowedOutcome::text() const {
    std::ostringstream out;
    out << files << " files of " << days << " days, " << other_lines << " other lines, the writer died "
        << deaths << " times; the daemon was killed " << kills << " times and restarted " << restarts
        << " times; " << truncations << " truncations, " << gaps << " gaps, " << duplicates
        << " duplicates known in the last run, up to " << most_resident / 1024 << " MB; health "
        << (healthy ? "ok" : "NOT OK") << "\n  " << outcome.text();
    return out.str();
}

}  // namespace enrichd::test
