// What goes wrong with the spool and its files: the problem that the health check reports, and the log lines,
// whose number is limited.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/result.hpp"
#include "sources/spool/spool_name.hpp"

namespace enrichd {

class SpoolTrouble {
  public:
    /// The last problem, until a scan ends without one.
    const std::optional<error>& current() const { return current_; }

    /// A scan of `directory` has ended, by a `failure` or well.
    void scan_ended(const std::string& directory, const error& failure);

    /// The cause is the daemon or the machine, not the file: alerts wait for a better time.
    void cannot_read_now(const error& reason);

    void cannot_remove(const SpoolName& name, const error& reason);

    /// The cause is the file: it stays, and is no problem of the spool.
    void cannot_read(const SpoolName& name, const error& reason);

    /// The cause may be over at the next scan, such as a disk that failed.
    void cannot_read_yet(const SpoolName& name, const error& reason);

    /// A file that is no alert. One that asks for nothing is not worth a line.
    void refused(const SpoolName& name, const error& reason);

    /// A file with a name that no shim gives.
    void odd_file(std::string_view file);

  private:
    std::optional<error> current_;
    log::Limit odd_files_;
    log::Limit complaints_;
    log::Limit rejections_;
};

}  // namespace enrichd
