#include "simulation/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::simulation {

namespace {

constexpr std::size_t sector = 512;  // what a disk writes whole

timespec present() {
    const auto now = WallClock::now().time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    return {seconds.count(), std::chrono::duration_cast<std::chrono::nanoseconds>(now - seconds).count()};
}

}  // namespace

Disk::Disk(std::string root, Chance& chance)
    : SystemCalls(root + "/"), root_(std::move(root)), chance_(chance) {}

std::optional<Place> Disk::place_of(std::string_view path) const {
    path.remove_prefix(std::min(path.size(), root_.size() + 1));
    if (path.starts_with("state/")) return Place::state;
    if (path.starts_with("spool/")) return Place::spool;
    if (path.starts_with("out/")) return Place::events;
    return std::nullopt;
}

void Disk::end_process(std::uint64_t calls, bool power, std::function<void()> called) {
    power_ = power;
    called_ = std::move(called);
    calls_left_ = calls;
    if (calls == 0) end_now();
}

void Disk::end_if_pending() {
    if (calls_left_) end_now();
}

void Disk::keep(const std::string& file, std::string_view bytes) {
    if (ended_) left_[file] = bytes;
}

void Disk::fail_change(std::uint64_t number, int failure) {
    changes_ = 0;
    fails_at_ = number;
    failure_ = failure;
    failed_one_ = false;
}

int Disk::fails(SystemCall call, std::string_view path) {
    if (ended_) return call == SystemCall::send ? EPIPE : 0;
    const auto place = call == SystemCall::send ? std::nullopt : place_of(path);
    if (call != SystemCall::send && !place) return 0;
    if (calls_left_ && (*calls_left_)-- == 0) {
        end_now();
        return call == SystemCall::send ? EPIPE : 0;
    }
    if (++changes_ == fails_at_) {
        failed_one_ = true;
        return call == SystemCall::send ? ECONNREFUSED : failure_;
    }
    if (!place) return 0;
    const auto fault = faults_.find(*place);
    if (fault == faults_.end()) return 0;
    switch (fault->second) {
        case DiskFault::none:
        case DiskFault::hanging:
            return 0;
        case DiskFault::full:
            return call == SystemCall::write ? ENOSPC : 0;
        case DiskFault::failing:
            return EIO;
        case DiskFault::sync_fails:
            return call == SystemCall::sync ? EIO : 0;
    }
    return 0;
}

void Disk::done(SystemCall call, const std::string& path, int descriptor) {
    if (call == SystemCall::read) return;
    if (call == SystemCall::unlink) {
        if (place_of(path) == Place::spool) taken_[path] = Clock::now();
        return;
    }
    const Own own(*this);
    if (call != SystemCall::sync) {
        const std::array<timespec, 2> times{present(), present()};
        (void)::futimens(descriptor, times.data());
    }
    if (!keeps_synced_ || ended_ || call != SystemCall::sync) return;
    if (place_of(path) == Place::state && std::filesystem::is_regular_file(path))
        synced_[path] = read_file(path);
}

void Disk::write(const std::filesystem::path& file, std::string_view bytes, bool append) {
    const Own own(*this);
    std::ofstream out(file, std::ios::binary | (append ? std::ios::app : std::ios::trunc));
    out << bytes;
    out.close();
    const std::array<timespec, 2> times{present(), present()};
    (void)::utimensat(AT_FDCWD, file.c_str(), times.data(), 0);
}

Disk::Files Disk::files() const {
    Files out;
    for (const char* const place : {"state", "spool", "out"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ + "/" + place))
            if (entry.is_regular_file()) out[entry.path().string()] = read_file(entry.path());
    return out;
}

/// Of what was written since the latest sync each sector is there or not. Names are taken for durable.
void Disk::tear(Files& files) {
    for (auto& [path, bytes] : files) {
        if (place_of(path) != Place::state) continue;
        const auto found = synced_.find(path);
        const std::string before = found == synced_.end() ? std::string() : found->second;
        if (chance_.one_in(4)) continue;  // all of it came to the disk
        const bool nothing = chance_.one_in(3);
        std::string torn = bytes;
        if (chance_.one_in(2) || nothing) torn.resize(before.size());
        for (std::size_t at = 0; at < torn.size(); at += sector) {
            if (!nothing && chance_.one_in(2)) continue;
            for (std::size_t i = at; i < std::min(at + sector, torn.size()); ++i)
                torn[i] = i < before.size() ? before[i] : '\0';
        }
        bytes = std::move(torn);
    }
}

void Disk::end_now() {
    const Own own(*this);
    calls_left_.reset();
    left_ = files();
    if (power_) tear(left_);
    ended_ = true;
    if (called_) std::exchange(called_, nullptr)();
}

void Disk::begin_process() {
    forget_timer();
    const Own own(*this);
    if (std::exchange(ended_, false)) {
        for (const auto& [path, bytes] : files()) std::filesystem::remove(path);
        for (const auto& [path, bytes] : left_) write(path, bytes);
    }
    calls_left_.reset();
    called_ = nullptr;
    synced_.clear();
    left_.clear();
    if (keeps_synced_) synced_ = files();
}

}  // namespace enrichd::test::simulation
