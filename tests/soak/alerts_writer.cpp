#include "soak/alerts_writer.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_piece = 64 * 1024;
constexpr unsigned first_day = 27;  // of November: a month's end comes soon

struct CalendarDay {
    unsigned year;
    const char* month;
    unsigned day;
};

/// From November 27, 2026 on, all months having 30 days.
CalendarDay calendar_day(unsigned number) {
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const unsigned days = 10 * 30 + first_day - 2 + number;
    return {2026 + days / 360, months.at(days / 30 % 12), days % 30 + 1};
}

}  // namespace

AlertsWriter::AlertsWriter(fs::path directory, std::uint64_t seed, Written written)
    : directory_(std::move(directory)), random_(seed), written_(std::move(written)) {
    open();
    link();
}

fs::path AlertsWriter::dated(unsigned part) const {
    const CalendarDay today = calendar_day(day_);
    std::array<char, 64> name{};
    if (part == 0)
        std::snprintf(name.data(), name.size(), "%u/%s/ossec-alerts-%02u.json", today.year, today.month,
                      today.day);
    else
        std::snprintf(name.data(), name.size(), "%u/%s/ossec-alerts-%02u-%03u.json", today.year, today.month,
                      today.day, part);
    return directory_ / name.data();
}

void AlertsWriter::open() {
    const fs::path path = dated(part_);
    fs::create_directories(path.parent_path());
    file_ = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (!file_) throw std::runtime_error("cannot open " + path.string());
    if (std::find(today_.begin(), today_.end(), path) == today_.end()) today_.push_back(path);
}

/// As analysisd does it: for a moment there is no such name. An old file without a byte is removed.
void AlertsWriter::close() {
    flush();
    file_.reset();
    const fs::path path = dated(part_);
    if (fs::file_size(path) > 0) return;
    fs::remove(path);
    today_.pop_back();
}

void AlertsWriter::link() {
    fs::remove(file());
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
    fs::create_hard_link(dated(part_), file());
}

void AlertsWriter::write(std::string_view line, std::size_t number) {
    buffer_.append(line);
    if (number > 0) alerts_.emplace_back(bytes_ + buffer_.size(), number);
    buffer_.push_back('\n');
    while (buffer_.size() >= piece_) {
        put(piece_);
        piece_ = 1 + (random_() % 4 == 0 ? random_() % longest_piece : random_() % 4096);
    }
}

void AlertsWriter::flush() {
    put(buffer_.size());
}

void AlertsWriter::put(std::size_t bytes) {
    const std::string piece = buffer_.substr(0, bytes);
    for (std::size_t done = 0; done < piece.size();) {
        const ssize_t count = ::write(file_.get(), piece.data() + done, piece.size() - done);
        if (count < 0) throw std::runtime_error("cannot write " + file().string());
        done += static_cast<std::size_t>(count);
    }
    buffer_.erase(0, bytes);
    bytes_ += bytes;
    for (; !alerts_.empty() && alerts_.front().first <= bytes_; alerts_.pop_front())
        if (written_) written_(alerts_.front().second);
}

void AlertsWriter::rotate() {
    close();
    ++part_;
    open();
    link();
}

void AlertsWriter::next_day() {
    close();
    old_.insert(old_.end(), today_.begin(), today_.end());
    today_.clear();
    ++day_;
    part_ = 0;
    open();
    link();
}

void AlertsWriter::compress_old() {
    for (const fs::path& path : old_) compress(path);
    old_.clear();
}

/// Both files are there for a while, the compressed one growing.
void AlertsWriter::compress(const fs::path& path) {
    const std::string text = read_file(path);
    const gzFile out = ::gzopen((path.string() + ".gz").c_str(), "wb1");
    if (!out) throw std::runtime_error("cannot compress " + path.string());
    for (std::size_t at = 0; at < text.size(); at += longest_piece) {
        const std::size_t size = std::min(longest_piece, text.size() - at);
        ::gzwrite(out, text.data() + at, static_cast<unsigned>(size));
        ::gzflush(out, Z_SYNC_FLUSH);
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 500));
    }
    if (::gzclose(out) != Z_OK) throw std::runtime_error("cannot compress " + path.string());
    fs::remove(path);
}

void AlertsWriter::die() {
    put(random_() % (buffer_.size() + 1));
    buffer_.clear();
    alerts_.clear();
    file_.reset();
}

void AlertsWriter::restart() {
    open();
    link();
}

void AlertsWriter::truncate() {
    flush();
    if (::truncate(file().c_str(), 0) != 0) throw std::runtime_error("cannot empty " + file().string());
}

void AlertsWriter::replace() {
    flush();
    file_.reset();
    fs::remove(file());
    fs::remove(dated(part_));
    open();
    link();
}

}  // namespace enrichd::test
