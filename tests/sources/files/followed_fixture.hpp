// Real files that are followed, written and rotated as Wazuh does it, and the whole way of their alerts.
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "sources/files/files.hpp"
#include "support/alerts.hpp"
#include "support/pipeline_fixture.hpp"

namespace enrichd::test {

/// From before there is a loop.
struct InSimulatedTime {
    SimulatedTime time;
};

class FollowedFixture : private InSimulatedTime, public PipelineFixture {
  protected:
    FollowedFixture() {
        std::filesystem::create_directories(month());
        options_.files = {name()};
        options_.begin = FilesBegin::beginning;
        // Of this domain each alert is reported at once.
        cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, std::chrono::hours(1),
                   Clock::now());
    }

    std::filesystem::path name() const { return dir_ / "alerts/alerts.json"; }
    std::filesystem::path month() const { return dir_ / "alerts/2026/Nov"; }
    std::filesystem::path dated(const std::string& day) const {
        return month() / ("ossec-alerts-" + day + ".json");
    }

    /// An alert of its own, as a line. Those of x.com are reported at once, each of others waits for its
    /// answer.
    static std::string line(int id, const std::string& domain = "x.com") {
        return alert_for("www." + domain, std::to_string(id));
    }
    static std::string lines(int from, int to, const std::string& domain = "x.com") {
        std::string out;
        for (int id = from; id < to; ++id) out += line(id, domain);
        return out;
    }
    void append(const std::string& bytes) { append(name(), bytes); }
    static void append(const std::filesystem::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary | std::ios::app) << bytes;
    }

    /// The name becomes a hard link to the file of another day, as analysisd does it.
    void rotate(const std::string& day) {
        append(dated(day), "");
        std::filesystem::remove(name());
        std::filesystem::create_hard_link(dated(day), name());
    }
    /// As monitord does it with the files of yesterday.
    static void compress(const std::filesystem::path& file, bool remove = true) {
        const std::string text = read_file(file);
        gzFile packed = ::gzopen((file.string() + ".gz").c_str(), "wb");
        ::gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
        ::gzclose(packed);
        if (remove) std::filesystem::remove(file);
    }
    /// Nobody has written into it lately.
    static void age(const std::filesystem::path& file) {
        std::filesystem::last_write_time(
            file, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
    }

    void start() {
        files_.emplace(io_, submit_, journal_, database_);
        files_->configure(options_, {});
        files_->start(services_);
    }
    /// The first `count` lines were read.
    void read(int count) {
        append(lines(0, count));
        start();
        EXPECT_TRUE(wait_for(static_cast<std::size_t>(count)));
    }
    void read_and_stop(int count) {
        read(count);
        wait_for_end();  // all of it is safe, so the position is behind it
        stop();
    }
    void stop() {
        end();
        files_->save_positions();
        files_.reset();
    }
    /// Without the position that was not saved yet, nor the contents that were taken.
    void crash() {
        end();
        files_.reset();
        recent_ = Recent();
    }
    void end() {
        services_.cancel();
        EXPECT_TRUE(until([&] { return services_.running() == 0; }));
        for (int tries = 0; tries < 50 && work_.running() > 0; ++tries) pass(std::chrono::milliseconds(20));
        work_.cancel();
        EXPECT_TRUE(until([&] { return work_.running() == 0; }));
    }
    void TearDown() override {
        if (files_) stop();
        PipelineFixture::TearDown();
    }

    const FollowedFile& file() const { return *files_->all().front(); }

    /// The ids of the alerts that were reported, in their order.
    std::vector<int> reported() const {
        static constexpr std::string_view key = R"("alert_id":")";
        std::vector<int> out;
        for (const Event& event : sink_.events)
            out.push_back(std::stoi(event.json.substr(event.json.find(key) + key.size())));
        return out;
    }
    static std::vector<int> ids(int from, int to) {
        std::vector<int> out;
        for (int id = from; id < to; ++id) out.push_back(id);
        return out;
    }
    void pass(std::chrono::milliseconds time_of_loop) {
        io_.restart();
        io_.run_for(std::chrono::milliseconds(1));
        time.advance(time_of_loop);
    }
    template <class Condition>
    bool until(Condition condition) {
        const auto limit = std::chrono::steady_clock::now() + patience;
        while (!condition() && std::chrono::steady_clock::now() < limit) pass(std::chrono::milliseconds(20));
        return condition();
    }
    bool wait_for(std::size_t count) {
        return until([&] { return sink_.events.size() >= count; });
    }
    void wait_for_end() {
        EXPECT_TRUE(until([&] { return files_->idle(); })) << file().trouble();
    }
    /// What is not there does not come late either: some looks at the file.
    void look_again() {
        const auto looks = file().looks() + 3;
        EXPECT_TRUE(until([&] { return file().looks() >= looks; }));
    }

    TempDir dir_;
    Recent recent_;
    Submit submit_{work_, pipeline_, recent_, {}};
    FilesOptions options_;
    std::optional<Files> files_;
};

}  // namespace enrichd::test
