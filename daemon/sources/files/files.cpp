#include "sources/files/files.hpp"

#include <algorithm>
#include <string>

namespace enrichd {
namespace {

/// It lives as long as it is followed.
task<void> follow(std::shared_ptr<FollowedFile> file) {
    co_await file->follow();
    if (file->stopped()) file->save_position();
}

task<void> keep_position(std::shared_ptr<FollowedFile> file) {
    co_await file->keep_position();
}

task<void> watch(std::shared_ptr<FollowedFile> file) {
    co_await file->watch();
}

}  // namespace

Files::Files(asio::io_context& io, Submit& submit, const Journal& journal, Database& database)
    : positions_(database), shared_{io, submit, journal, positions_, FieldFilter({}), SourceCounts()} {
    shared_.counts.source = "file";
    shared_.counts.brings_all = true;
}

void Files::configure(const FilesOptions& options, const AlertReaderOptions& reader) {
    shared_.filter = FieldFilter(reader.fields);
    shared_.longest_line = reader.max_alert_bytes;
    shared_.begin = options.begin;
    const auto gone = std::stable_partition(files_.begin(), files_.end(), [&](const auto& file) {
        return std::find(options.files.begin(), options.files.end(), file->name()) != options.files.end();
    });
    for (auto file = gone; file != files_.end(); ++file) (*file)->stop();
    files_.erase(gone, files_.end());
    for (const std::string& name : options.files) {
        const bool followed =
            std::any_of(files_.begin(), files_.end(), [&](const auto& file) { return file->name() == name; });
        if (followed) continue;
        files_.push_back(std::make_shared<FollowedFile>(shared_, name));
        if (services_) begin(files_.back());
    }
}

void Files::start(Tasks& services) {
    services_ = &services;
    for (const auto& file : files_) begin(file);
}

void Files::begin(const std::shared_ptr<FollowedFile>& file) {
    services_->spawn("followed file", follow(file));
    services_->spawn("position", keep_position(file));
    services_->spawn("file events", watch(file));
}

void Files::save_positions() {
    for (const auto& file : files_) file->save_position();
}

bool Files::idle() const {
    return std::all_of(files_.begin(), files_.end(), [](const auto& file) { return file->idle(); });
}

}  // namespace enrichd
