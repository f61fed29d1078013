// Other programs that follow a file, set up to do the least that compares: read its lines, parse each as
// JSON, write those with a DNS name to another file. They ask nobody about the name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace enrichd::test {

struct TailerRun {
    double seconds = 0;  // from its start to its last line
    double cpu = 0;      // seconds
    long peak = 0;       // kB
};

class OtherTailer {
  public:
    virtual ~OtherTailer() = default;
    virtual std::string name() const = 0;

    /// Reads the file from its beginning, in which `alerts` lines have a DNS name.
    virtual TailerRun read(const std::filesystem::path& file, std::size_t alerts) = 0;
};

/// Those that are installed, or unpacked below $ENRICHD_BENCH_TAILERS.
std::vector<std::unique_ptr<OtherTailer>> other_tailers();

/// The names of the others.
std::vector<std::string> missing_tailers();

}  // namespace enrichd::test
