#include "pipeline/repeats.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "asking/stored_verdicts.hpp"
#include "net/tasks.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_written_at_once = 100;  // within a millisecond
constexpr std::chrono::milliseconds between_pieces(20);
constexpr std::chrono::seconds written_every(1);

std::uint32_t seconds_of(WallTime time) {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(time.time_since_epoch().count(), 1, UINT32_MAX));
}

std::string record_of(const ReportedBefore& reported) {
    Json at = Json::object();
    for (std::size_t i = 0; i < reported.at.size(); ++i)
        if (reported.at[i] != 0) at[std::string(finding_kind_names[i])] = reported.at[i];
    return Json{{"at", std::move(at)}, {"left_out", reported.left_out}}.dump();
}

std::optional<ReportedBefore> reported_of(const std::string& record) {
    const Json read = Json::parse(record, nullptr, false);
    if (!read.is_object() || !read.contains("at") || !read["at"].is_object()) return std::nullopt;
    ReportedBefore out;
    for (const auto& [name, time] : read["at"].items()) {
        const auto kind = finding_kind_of(name);
        if (kind && time.is_number_unsigned())
            out.at[static_cast<std::size_t>(*kind)] = time.get<std::uint32_t>();
    }
    if (const auto left_out = read.find("left_out"); left_out != read.end() && left_out->is_number_unsigned())
        out.left_out = left_out->get<std::uint32_t>();
    return out;
}

}  // namespace

/// A name from outside holds no line feed.
std::string Repeats::key_of(const About& about) {
    std::string key;
    key.reserve(about.agent.size() + about.domain.size() + about.subject.size() + 2);
    key.append(about.agent).append("\n").append(about.domain);
    if (!about.subject.empty()) key.append("\n").append(about.subject);
    return key;
}

void Repeats::note_change(const std::string& key) {
    if (snapshot_ && changed_.size() < most) changed_.insert(key);
}

void Repeats::configure(std::chrono::milliseconds repeat_after) {
    repeat_after_ = repeat_after;
    memory_.limit({kept_for(), kept_for(), kept_for()});
}

std::chrono::milliseconds Repeats::within(KindSet findings) const {
    const bool burst = !(findings & burst_kinds).empty();
    return burst ? std::max<std::chrono::milliseconds>(repeat_after_, burst_within) : repeat_after_;
}

void Repeats::put(std::string key, const ReportedBefore& reported) {
    note_change(key);
    memory_.put(std::move(key), reported, kept_for(), Clock::now(), {0, {}});
}

bool Repeats::is_repeat(const About& about, KindSet findings, WallTime now) {
    const std::chrono::milliseconds within = this->within(findings);
    if (within.count() == 0 || findings.empty()) return false;
    std::string key = key_of(about);
    const ReportedBefore* const before = memory_.find(key, Clock::now());
    if (!before) return false;
    const std::int64_t oldest =
        (now - std::chrono::floor<std::chrono::seconds>(within)).time_since_epoch().count();
    bool all = true;
    findings.for_each([&](FindingKind kind) {
        const std::uint32_t at = before->at[static_cast<std::size_t>(kind)];
        all = all && at != 0 && at > oldest && at <= seconds_of(now + std::chrono::hours(1));
    });
    if (!all) return false;
    ++const_cast<ReportedBefore*>(before)->left_out;  // NOLINT: the cache is ours
    note_change(key);
    return true;
}

std::uint32_t Repeats::note(const About& about, KindSet findings, WallTime now) {
    if (within(findings).count() == 0 || findings.empty()) return 0;
    std::string key = key_of(about);
    const ReportedBefore* const before = memory_.find(key, Clock::now());
    ReportedBefore next = before ? *before : ReportedBefore();
    const std::uint32_t left_out = std::exchange(next.left_out, 0);
    findings.for_each([&](FindingKind kind) { next.at[static_cast<std::size_t>(kind)] = seconds_of(now); });
    put(std::move(key), next);
    return left_out;
}

void Repeats::take_back(const About& about, KindSet findings) {
    std::string key = key_of(about);
    const ReportedBefore* const before = memory_.find(key, Clock::now());
    if (!before) return;
    ReportedBefore next = *before;
    findings.for_each([&](FindingKind kind) { next.at[static_cast<std::size_t>(kind)] = 0; });
    put(std::move(key), next);
}

task<error> Repeats::restore() {
    if (!snapshot_) co_return error();
    const Lifetimes times{kept_for(), kept_for(), kept_for()};
    Restore put = [this, times](RememberedVerdict& one, WallTime today) {
        const auto reported = reported_of(one.body);
        return reported ? put_restored(memory_, one, *reported, 0, times, today) : Restored::unread;
    };
    co_return co_await restore_verdicts(*snapshot_, provider_name, times, std::move(put));
}

void Repeats::write_changes(std::size_t most_of_them) {
    const WallTime now = wall_seconds(WallClock::now());
    for (std::size_t left = most_of_them; left > 0 && !changed_.empty(); --left) {
        auto key = changed_.extract(changed_.begin());
        const ReportedBefore* const reported = memory_.peek(key.value(), Clock::now());
        if (!reported) continue;
        const WallTime expires = now + std::chrono::ceil<std::chrono::seconds>(kept_for());
        snapshot_->remember({provider_name, std::move(key.value()), record_of(*reported), expires, now});
    }
}

void Repeats::write_all_changes() {
    if (snapshot_) write_changes(changed_.size());
}

task<void> Repeats::keep_written() {
    for (bool awake = true; awake;) {
        if (snapshot_ && !snapshot_->is_behind()) write_changes(most_written_at_once);
        const bool more = snapshot_ && !changed_.empty() && !snapshot_->is_behind();
        Clock::duration pause = written_every;
        if (more) pause = between_pieces;
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

}  // namespace enrichd
