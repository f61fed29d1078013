// A list that is fetched, read and kept as the daemon does it, in simulated time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "stages/lists/list_fetch.hpp"
#include "stages/lists/list_loader.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {

class FetchingTest : public testing::Test {
  protected:
    FetchingTest() { config_.name = "far"; }

    /// The error of the fetch, or of what came of it; nothing when the list is in use.
    error fetch() {
        failure_ = {};
        unchanged_ = false;
        HttpClient http(io_, lookup_, HttpClientOptions());
        auto fetched = run(
            io_,
            fetch_list({io_, lookup_, http, blocking_, config_, known_, copy(), abandoned_, now_}, failure_));
        http.close_idle();
        if (!fetched) return failure_.why;
        unchanged_ = fetched->unchanged;
        if (unchanged_) return {};
        auto loaded = list_loader::load_download(
            config_, {copy(), {}},
            {config_.from, fetched->version.etag, fetched->version.last_modified, now(), fetched->text},
            list_);
        if (!loaded) return loaded.error();
        list_ = loaded->list;
        known_ = fetched->version;
        return {};
    }
    void restart() {
        auto kept = list_loader::load_copy(config_, {copy(), {}});
        ASSERT_TRUE(kept);
        list_ = kept->list;
        known_ = {kept->etag, kept->last_modified};
    }
    bool has(const std::string& name) const {
        return list_ && list_->read->index->find(NameSuffixes(name)).has_value();
    }
    std::string note(const std::string& name) const {
        const NameSuffixes suffixes(name);
        const auto match = list_->read->index->find(suffixes);
        return match ? std::string(match->note) : std::string();
    }
    static WallTime now() { return wall_seconds(WallClock::now()); }
    std::string copy() const { return keep_copy_ ? std::string(dir_ / "far") : std::string(); }

    /// 29 November 2026, 12:00 UTC.
    static constexpr WallTime start{std::chrono::seconds(1'795'953'600)};
    SimulatedTime time_{start};
    TempDir dir_;
    asio::io_context io_;
    Lookup lookup_{io_};
    BlockingCalls blocking_{io_};
    ListConfig config_;
    LoadedListPtr list_;
    KnownVersion known_;
    DownloadFailure failure_;
    std::shared_ptr<std::atomic<bool>> abandoned_;
    bool keep_copy_ = true;
    bool now_ = false;
    bool unchanged_ = false;
};

}  // namespace enrichd::test
