// Files that others write, one JSON document a line, are followed: Wazuh's alerts.json or archives.json.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

#include "net/tasks.hpp"
#include "pipeline/alert_reader.hpp"
#include "sources/files/files_options.hpp"
#include "sources/files/followed_file.hpp"

namespace enrichd {

class Files {
  public:
    Files(asio::io_context& io, Submit& submit, const Journal& journal, Database& database);

    /// At the start and at a reload: files that are new are followed from then on, if this was started.
    void configure(const FilesOptions& options, const AlertReaderOptions& reader);

    /// Once the state file was read. The coroutines are `services`'.
    void start(Tasks& services);

    /// At the stop, when nothing is in flight any more.
    void save_positions();

    bool idle() const;
    const std::vector<std::shared_ptr<FollowedFile>>& all() const { return files_; }
    const SourceCounts& counts() const { return shared_.counts; }

  private:
    void begin(const std::shared_ptr<FollowedFile>& file);

    Positions positions_;
    FollowedFiles shared_;
    std::vector<std::shared_ptr<FollowedFile>> files_;
    Tasks* services_ = nullptr;  // once started
};

}  // namespace enrichd
