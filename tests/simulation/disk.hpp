// The files of a simulated machine. They are real, in memory; what fails, what a killed process leaves and
// what a power cut leaves is decided here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "simulation/chance.hpp"
#include "simulation/steps.hpp"
#include "simulation/system_calls.hpp"

namespace enrichd::test::simulation {

class Disk final : public SystemCalls {
  public:
    /// Everything below `root`. What the daemon writes is in state/, spool/ and out/ of it.
    Disk(std::string root, Chance& chance);

    void fault(Place place, DiskFault fault) { faults_[place] = fault; }
    void heal() { faults_.clear(); }

    /// The process ends `calls` changes from now, in the middle of what it does; `called` is called then.
    /// With `power` so does the machine: what was not synced is there, torn, or lost.
    void end_process(std::uint64_t calls, bool power, std::function<void()> called);
    bool ended() const { return ended_; }

    /// Now, when its changes were not reached.
    void end_if_pending();

    /// The files are as the end of the process left them. A new process may begin.
    void begin_process();

    /// Every n-th: this change fails, counted from now; 0: none. How many there were.
    void fail_change(std::uint64_t number, int failure);
    std::uint64_t changes() const { return changes_; }
    bool failed_one() const { return failed_one_; }

    /// Written by somebody else than the daemon, at the present time.
    void write(const std::filesystem::path& file, std::string_view bytes, bool append = false);

    /// A file of somebody else that is there whatever became of the process.
    void keep(const std::string& file, std::string_view bytes);

    /// When the daemon removed each of its spooled alerts, by path.
    const std::map<std::string, Clock::time_point>& taken() const { return taken_; }

    /// Makes an image of un-synced changes possible: costs time.
    void keep_synced(bool yes) { keeps_synced_ = yes; }

    int fails(SystemCall call, std::string_view path) override;
    void done(SystemCall call, const std::string& path, int descriptor) override;

  private:
    using Files = std::map<std::string, std::string>;  // path, bytes

    void end_now();
    Files files() const;
    void tear(Files& files);
    std::optional<Place> place_of(std::string_view path) const;

    const std::string root_;
    Chance& chance_;
    std::map<Place, DiskFault> faults_;
    std::optional<std::uint64_t> calls_left_;
    bool power_ = false;
    std::function<void()> called_;
    bool ended_ = false;
    Files left_;
    bool keeps_synced_ = false;
    Files synced_;  // bytes at the latest sync of each
    std::uint64_t changes_ = 0;
    std::uint64_t fails_at_ = 0;
    int failure_ = 0;
    bool failed_one_ = false;
    std::map<std::string, Clock::time_point> taken_;
};

}  // namespace enrichd::test::simulation
