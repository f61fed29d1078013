#include "soak/world.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <sstream>

#include "support/alerts.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

/// The text between two marks; empty when they are not there.
std::string_view between(std::string_view text, std::string_view before, char after) {
    const std::size_t at = text.find(before);
    if (at == std::string::npos) return {};
    const std::size_t start = at + before.size();
    return text.substr(start, text.find(after, start) - start);
}

/// The last two labels: all names here are under plain top-level domains.
std::string domain_of(const std::string& name) {
    const std::size_t last = name.rfind('.');
    const std::size_t one_before = name.rfind('.', last - 1);
    return one_before == std::string::npos ? name : name.substr(one_before + 1);
}

/// On a port below those that the kernel gives to clients: nobody takes it while the server is away.
std::uint16_t port_to_leave_and_come_back_to() {
    constexpr unsigned first = 20'000;
    constexpr unsigned count = 10'000;
    for (unsigned i = 0; i < count; ++i) {
        const auto port =
            static_cast<std::uint16_t>(first + (static_cast<unsigned>(::getpid()) * 7 + i) % count);
        try {
            const fakes::FakeDomainStats free(port);
            return port;
        } catch (const std::exception&) {
            continue;  // somebody has it
        }
    }
    throw std::runtime_error("no port is free");
}

}  // namespace

World::World(const std::string& more, bool with_otx, Reader reader)
    : domain_stats_(port_to_leave_and_come_back_to()), with_otx_(with_otx), to_(std::move(reader)) {
    config_ = "outputs:\n  wazuh: true\n" + more;
    if (with_otx) config_ += otx_.section(dir_.path()) + "  requests_per_hour: 1000000\n  timeout: 2s\n";
    daemon_ = std::make_unique<DaemonUnderTest>(domain_stats_.url(), config_);
    queue_ = std::make_unique<fakes::FakeWazuhQueue>(daemon_->wazuh_home());
    reader_ = std::thread([this] { read_all_the_time(); });
}

World::~World() {
    ending_ = true;
    reader_.join();
}

void World::send(std::size_t number, const std::string& name) {
    const ShimRun run = shim_on(number, alert_for(name, std::to_string(number)));
    const std::lock_guard lock(guard_);
    slowest_ = std::max(slowest_, run.wall);
    if (run.exit_code == 0)
        accepted_[number].name = name;
    else
        ++refused_;
}

ShimRun World::shim_on(std::size_t number, const std::string& alert) {
    const auto file = dir_ / ("alert-" + std::to_string(number));
    write_file(file, alert);
    ShimRun run = daemon_->shim_on(file);
    std::filesystem::remove(file);
    return run;
}

void World::follow(const std::filesystem::path& file) {
    daemon_->more_of_intake = "  files: [" + file.string() + "]\n  files_begin: beginning\n";
    daemon_->write_config(config_);
}

void World::accept(std::size_t number, const std::string& name) {
    const std::lock_guard lock(guard_);
    accepted_[number].name = name;
}

bool World::lacks(const std::string& name, const Fate& fate) const {
    return fate.domain_stats == 0 || (with_otx_ && name.starts_with("bad") && fate.otx == 0);
}

std::size_t World::reported() const {
    const std::lock_guard lock(guard_);
    return told_.size();
}

std::size_t World::waiting() const {
    const std::lock_guard lock(guard_);
    return accepted_.size() - std::min(accepted_.size(), told_.size());
}

bool World::all_reported(std::chrono::seconds limit) {
    const auto none_lacks = [&] {
        const std::lock_guard lock(guard_);
        return std::all_of(accepted_.begin(), accepted_.end(), [&](const auto& alert) {
            const auto told = told_.find(alert.first);
            return told != told_.end() && !lacks(alert.second.name, told->second);
        });
    };
    return eventually([&] { return waiting() == 0 && settled(1s) && none_lacks(); }, limit);
}

void World::limit_disk(std::size_t bytes) {
    rlimit now{};
    const pid_t pid = daemon_->process().pid();
    if (::prlimit(pid, RLIMIT_FSIZE, nullptr, &now) != 0) throw std::runtime_error("prlimit");
    now.rlim_cur = bytes == 0 ? now.rlim_max : bytes;
    if (::prlimit(pid, RLIMIT_FSIZE, &now, nullptr) != 0) throw std::runtime_error("prlimit");
}

void World::wazuh_leaves() {
    wazuh_wanted_ = false;
    eventually([&] { return !wazuh_is_there_; });
    const std::lock_guard lock(guard_);
    const auto limit = std::chrono::steady_clock::now() - 3s;
    while (!lately_.empty() && lately_.front() < limit) lately_.pop_front();
    resendable_ += lately_.size();
}

void World::wazuh_comes() {
    wazuh_wanted_ = true;
    eventually([&] { return wazuh_is_there_.load(); });
}

/// As analysisd does, so that the kernel's short queue does not fill.
void World::read_all_the_time() {
    while (!ending_) {
        if (wazuh_is_there_ && !wazuh_wanted_) {
            queue_->refuse();
            read_queue();
            queue_->stop();
            wazuh_is_there_ = false;
        } else if (!wazuh_is_there_ && wazuh_wanted_) {
            queue_->start();
            wazuh_is_there_ = true;
        }
        if (wazuh_reads_) read_queue();
        ++reads_;
        std::this_thread::sleep_for(1ms);
    }
}

void World::read_queue() {
    queue_->read([this](std::string_view message) { to_ ? to_(message) : note(message); });
}

void World::all_read() {
    const std::uint64_t before = reads_;
    eventually([&] { return reads_ > before + 1; });
}

void World::note(std::string_view message) {
    const std::lock_guard lock(guard_);
    lately_.push_back(std::chrono::steady_clock::now());
    if (message.find("\"error\":") != std::string::npos) {
        ++errors_;
        return;
    }
    const std::size_t number = std::stoull(std::string(between(message, "\"alert_id\":\"", '"')));
    Fate& fate = told_[number];
    if (fate.domain_stats + fate.otx == 0) order_.push_back(number);
    if (message.find("\"integration\":\"otx\"") != std::string::npos) {
        ++fate.otx;
        return;
    }
    ++fate.domain_stats;
    if (message.find("YOUR-FIRST-CONTACT") != std::string::npos) ++fate.first_contacts;
}

bool World::settled(std::chrono::seconds limit) {
    return eventually(
        [&] {
            return daemon_->metric("enrichd_pending") == 0 && daemon_->metric("enrichd_outbox") == 0 &&
                   count_files(daemon_->spool() / "new") == 0 &&
                   daemon_->metric("enrichd_intake_connections") == 0;
        },
        limit);
}

bool World::healthy() const {
    return daemon_->get("/healthz").starts_with(R"({"status":"ok")");
}

Outcome World::outcome() {
    all_read();
    const std::lock_guard lock(guard_);
    Outcome out;
    out.accepted = accepted_.size();
    out.refused = refused_;
    out.errors = errors_;
    out.resendable = resendable_;
    out.slowest_shim = slowest_;
    out.in_order = std::is_sorted(order_.begin(), order_.end());
    const auto example = [&](const std::string& what, std::size_t number, const std::string& name) {
        if (out.examples.size() < 10)
            out.examples.push_back(what + " " + std::to_string(number) + " " + name);
    };
    for (const auto& [number, fate] : told_) {
        if (accepted_.contains(number)) continue;
        ++out.strangers;
        example("not accepted, with an event:", number, {});
    }
    std::map<std::string, std::set<std::size_t>> first_contacts;
    for (const auto& [number, alert] : accepted_) {
        auto& domains_first_contacts = first_contacts[domain_of(alert.name)];
        const auto told = told_.find(number);
        const Fate fate = told == told_.end() ? Fate() : told->second;
        const unsigned otx_expected = with_otx_ && alert.name.starts_with("bad") ? 1 : 0;
        if (lacks(alert.name, fate)) {
            ++out.lost;
            example("lost", number, alert.name);
        }
        out.repeated += std::max(fate.domain_stats, 1U) - 1 + std::max(fate.otx, otx_expected) - otx_expected;
        if (fate.first_contacts > 0) domains_first_contacts.insert(number);
    }
    for (const auto& [domain, alerts] : first_contacts) {
        if (alerts.empty()) {
            ++out.first_contacts_missing;
            example("no first contact", 0, domain);
        } else if (alerts.size() > 1) {
            out.first_contacts_false += alerts.size() - 1;
            example("two first contacts", *alerts.rbegin(), domain);
        }
    }
    for (std::size_t i = 1; i < order_.size(); ++i)
        if (order_[i] < order_[i - 1])
            example("overtaken by " + std::to_string(order_[i - 1]) + ":", order_[i], {});
    return out;
}

Vitals World::vitals() const {
    const std::filesystem::path process = "/proc/" + std::to_string(daemon_->process().pid());
    const std::string status = read_file(process / "status");
    const auto value = [&](std::string_view key) {
        return std::stol(status.substr(status.find(key) + key.size()));
    };
    return {value("VmRSS:"), count_files(process / "fd"), static_cast<std::size_t>(value("Threads:"))};
}

std::string Outcome::text() const {
    std::ostringstream out;
    out << accepted << " alerts accepted, " << refused << " refused, " << lost << " lost, " << repeated
        << " events repeated (" << resendable << " may be), " << errors
        << " error events, first contacts: " << first_contacts_missing << " missing, " << first_contacts_false
        << " false; slowest shim " << slowest_shim.count() << " ms";
    if (strangers > 0) out << "; " << strangers << " with an event that were not accepted";
    for (const std::string& one : examples) out << "\n  " << one;
    return out.str();
}

void send_many(World& world, std::size_t first, std::size_t count, std::size_t threads,
               std::chrono::milliseconds time, const std::function<std::string(std::size_t)>& name_of,
               std::atomic<std::size_t>* sent) {
    std::atomic<std::size_t> next = first;
    const auto start = std::chrono::steady_clock::now();
    const auto work = [&] {
        for (std::size_t number = next++; number < first + count; number = next++) {
            std::this_thread::sleep_until(start + time * (number - first) / count);
            world.send(number, name_of(number));
            if (sent) ++*sent;
        }
    };
    std::vector<std::future<void>> senders;
    for (std::size_t i = 0; i < threads; ++i) senders.push_back(std::async(std::launch::async, work));
    for (auto& one : senders) one.get();
}

}  // namespace enrichd::test
