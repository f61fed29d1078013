#include "soak/mixed.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <future>
#include <sstream>

#include "soak/fault_plan.hpp"
#include "soak/mix.hpp"
#include "support/sender.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t senders = 4;
constexpr std::size_t shim_every = 1'000;           // alerts come by the real shim
constexpr std::chrono::milliseconds patience{250};  // a sender's, as the shim's

/// Full within the first tenth: from then on nothing has a reason to grow. What is known of the names that
/// come all the time fits.
std::string configuration(std::size_t alerts) {
    const std::size_t entries = std::max<std::size_t>(3'000, alerts / 1'000);
    return "cache:\n  entries: " + std::to_string(entries) + "\n  ttl:\n    established: 30s\n" +
           "gate:\n  skip_suffixes: [" + Mix::internal_suffix + "]\n";
}

class Run {
  public:
    explicit Run(const MixedOptions& options)
        : options_(options),
          mix_(options.seed),
          ledger_(mix_, options.alerts),
          world_(configuration(options.alerts), true,
                 [this](std::string_view event) { ledger_.note(event); }),
          faults_(world_, options.seed, options.alerts, options.rounds) {}

    MixedOutcome outcome() {
        std::filesystem::create_directories(world_.daemon().wazuh_home() / "logs");
        world_.daemon().start();
        send(1, options_.alerts / 10);
        out_.after_first_tenth = settled();
        send(options_.alerts / 10 + 1, options_.alerts);
        out_.at_end = settled();
        world_.all_read();
        read_active_responses();
        const double finished = world_.daemon().metric("enrichd_alerts_finished_total");
        out_.account = ledger_.account(world_.domain_stats().counts(),
                                       static_cast<std::size_t>(std::max(0.0, finished)));
        out_.sent = sent_;
        out_.by_shim = by_shim_;
        out_.refused = refused_;
        out_.untaken = untaken_;
        return std::move(out_);
    }

  private:
    /// All at once from several threads, while faults come and go and samples are taken.
    void send(std::size_t first, std::size_t last) {
        const auto begun = Clock::now();
        next_ = first;
        std::vector<std::future<void>> threads;
        for (std::size_t i = 0; i < senders; ++i)
            threads.push_back(std::async(std::launch::async, [this, last] { send_up_to(last); }));
        for (auto& one : threads)
            while (one.wait_for(10ms) != std::future_status::ready)
                if (faults_.follow(sent_) || Clock::now() >= sample_due_) sample();
        for (auto& one : threads) one.get();
        out_.seconds += std::chrono::duration<double>(Clock::now() - begun).count();
    }

    void send_up_to(std::size_t last) {
        for (std::size_t number = next_++; number <= last; number = next_++) {
            send_one(number);
            ++sent_;
        }
    }

    void send_one(std::size_t number) {
        const MixedAlert alert = mix_.alert(number);
        const std::string text = Mix::text(alert);
        wire_status status = WIRE_STATUS_BUSY;
        if (number % shim_every != 0)
            status = offer(world_.daemon().socket(), {alert.packet(), first_id + number, text}, patience);
        bool taken = status == WIRE_STATUS_SAFE;
        if (!taken && status != WIRE_STATUS_NOT_AN_ALERT) {
            ++by_shim_;
            const ShimRun run =
                alert.kind == Kind::response ? world_.daemon().respond(text) : world_.shim_on(number, text);
            taken = run.exit_code == 0;
        }
        if (taken && !alert.again) ledger_.accept(number);
        if (!taken) ++(alert.kind == Kind::not_json ? refused_ : untaken_);
    }

    void sample() {
        sample_due_ = Clock::now() + options_.sample_every;
        const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
        Sample one{seconds, sent_, world_.vitals(), 0, faults_.now()};
        one.pending = static_cast<std::size_t>(std::max(0.0, world_.daemon().metric("enrichd_pending")));
        out_.samples.push_back(std::move(one));
    }

    /// With nothing in work, and kept connections dropped: the middle of some samples.
    Vitals settled() {
        faults_.mend();
        sample();
        const auto limit = Clock::now() + 10min;
        while (!world_.settled(1s)) {
            if (Clock::now() > limit)
                throw std::runtime_error("the daemon does not catch up: " + world_.daemon().log());
            sample();
        }
        std::vector<long> resident;
        Vitals idle;
        const auto end = Clock::now() + options_.idle;
        eventually(
            [&] {
                if (Clock::now() >= sample_due_) {
                    sample();
                    resident.push_back(out_.samples.back().vitals.resident);
                }
                return Clock::now() >= end;
            },
            options_.idle + 5s);
        idle = world_.vitals();
        std::nth_element(resident.begin(), resident.begin() + static_cast<long>(resident.size() / 2),
                         resident.end());
        idle.resident = resident[resident.size() / 2];
        return idle;
    }

    void read_active_responses() {
        std::ifstream log(world_.daemon().wazuh_home() / "logs/active-responses.log");
        for (std::string line; std::getline(log, line);) ledger_.note(line);
    }

    static constexpr std::uint64_t first_id = 1'000'000'000;

    MixedOptions options_;
    MixedOutcome out_;
    Mix mix_;
    Ledger ledger_;
    World world_;
    FaultPlan faults_;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point sample_due_ = begun_;
    std::atomic<std::size_t> next_ = 1;
    std::atomic<std::size_t> sent_ = 0;
    std::atomic<std::size_t> by_shim_ = 0;
    std::atomic<std::size_t> refused_ = 0;
    std::atomic<std::size_t> untaken_ = 0;
};

}  // namespace

double MixedOutcome::resident_growth() const {
    return static_cast<double>(at_end.resident - after_first_tenth.resident) /
           static_cast<double>(after_first_tenth.resident);
}

bool MixedOutcome::flat() const {
    return std::abs(resident_growth()) <= 0.05 && at_end.descriptors == after_first_tenth.descriptors &&
           at_end.threads == after_first_tenth.threads;
}

std::string MixedOutcome::text() const {
    std::ostringstream out;
    const auto megabytes = [](long kilobytes) { return static_cast<double>(kilobytes) / 1024; };
    out.setf(std::ios::fixed);
    out.precision(1);
    out << sent << " alerts in " << seconds << " s (" << static_cast<double>(sent) / seconds << " a second), "
        << by_shim << " of them by the shim; " << account.accepted << " accepted, " << account.told
        << " of them to be told, " << refused << " refused as no alerts, " << untaken << " taken by nobody, "
        << account.lost << " lost, " << account.events << " events, " << account.repeated << " repeated, "
        << account.errors << " error events, first contacts: " << account.first_contacts_missing
        << " missing, " << account.first_contacts_false << " false\n  after the first tenth "
        << megabytes(after_first_tenth.resident) << " MB, " << after_first_tenth.descriptors
        << " descriptors, " << after_first_tenth.threads << " threads; at the end "
        << megabytes(at_end.resident) << " MB, " << at_end.descriptors << " descriptors, " << at_end.threads
        << " threads: memory " << std::showpos << resident_growth() * 100 << " %";
    for (const std::string& one : account.examples) out << "\n  " << one;
    return out.str();
}

void MixedOutcome::write_csv(const std::string& file) const {
    std::ofstream out(file);
    out << "# alerts: " << sent << "\n# lost: " << account.lost << "\n# seconds of sending: " << seconds
        << "\n# kB after the first tenth: " << after_first_tenth.resident
        << "\n# kB at the end: " << at_end.resident
        << "\nseconds,alerts,resident_kB,descriptors,threads,pending,faults\n";
    for (const Sample& one : samples)
        out << one.seconds << ',' << one.alerts << ',' << one.vitals.resident << ',' << one.vitals.descriptors
            << ',' << one.vitals.threads << ',' << one.pending << ',' << one.faults << '\n';
}

MixedOutcome mixed(const MixedOptions& options) {
    return Run(options).outcome();
}

}  // namespace enrichd::test
