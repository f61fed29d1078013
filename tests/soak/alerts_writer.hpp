// The part of Wazuh's analysisd that writes alerts.json, and the part of monitord that compresses old files.
//
// alerts.json is a hard link to YYYY/Mon/ossec-alerts-DD.json. Lines go through a buffer, so that the file
// grows in pieces that end anywhere. A rotation unlinks the name and links the next file to it.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace enrichd::test {

class AlertsWriter {
  public:
    /// Is called for each alert whose last byte is in the file.
    using Written = std::function<void(std::size_t number)>;

    /// `directory` is Wazuh's logs/alerts. Sizes and moments of the pieces come from the seed.
    AlertsWriter(std::filesystem::path directory, std::uint64_t seed, Written written);

    std::filesystem::path file() const { return directory_ / "alerts.json"; }

    /// One line, without its end. 0 is no alert's number.
    void write(std::string_view line, std::size_t number = 0);
    void flush();

    /// The next file of the day: -001, -002, ...
    void rotate();
    void next_day();

    /// Files of earlier days become .gz files.
    void compress_old();

    /// kill -9: a part of the buffer is in the file, the rest is nowhere. Then it goes on in the same file.
    void die();
    void restart();

    /// The file is emptied by somebody else; the writer knows nothing of it.
    void truncate();

    /// The name is removed, and the file with it; the writer goes on in a new one of the same name.
    void replace();

  private:
    std::filesystem::path dated(unsigned part) const;
    void open();
    void close();
    void link();
    void put(std::size_t bytes);
    void compress(const std::filesystem::path& file);

    const std::filesystem::path directory_;
    std::mt19937_64 random_;
    const Written written_;
    unsigned day_ = 1;
    unsigned part_ = 0;
    Fd file_;
    std::string buffer_;
    std::size_t piece_ = 4096;                                  // the buffer is written when it is so long
    std::uint64_t bytes_ = 0;                                   // that were written, of all files
    std::deque<std::pair<std::uint64_t, std::size_t>> alerts_;  // where one ends, and its number
    std::vector<std::filesystem::path> old_;                    // of earlier days, not compressed yet
    std::vector<std::filesystem::path> today_;
};

}  // namespace enrichd::test
