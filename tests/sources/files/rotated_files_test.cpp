#include "sources/files/rotated_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace enrichd::test::rotated_files_test {
namespace {

class RotatedFiles : public testing::Test {
  protected:
    void make(const std::string& name, int seconds = 0) {
        std::filesystem::create_directories((dir_ / name).parent_path());
        write_file(dir_ / name, "x");
        std::filesystem::last_write_time(dir_ / name, std::filesystem::file_time_type::clock::now() -
                                                          std::chrono::hours(1) +
                                                          std::chrono::seconds(seconds));
    }
    std::vector<std::string> of(const std::string& name) {
        const auto found = rotated_files(dir_ / name);
        EXPECT_TRUE(found);
        std::vector<std::string> out;
        for (const RotatedFile& one : *found)
            out.push_back(std::filesystem::relative(one.path, dir_.path()).string());
        return out;
    }
    using Names = std::vector<std::string>;
    TempDir dir_;
};

TEST_F(RotatedFiles, OfWazuhComeInTheOrderOfTheirDates) {
    for (const char* name : {"alerts.json", "2026/Nov/ossec-alerts-02-001.json",
                             "2026/Nov/ossec-alerts-02.json", "2026/Nov/ossec-alerts-10.json.gz",
                             "2026/Nov/ossec-alerts-02-010.json", "2026/Oct/ossec-alerts-31.json.gz",
                             "2025/Dec/ossec-alerts-31.json.gz", "2026/Nov/ossec-alerts-02-002.json.gz"})
        make(name);
    EXPECT_EQ(of("alerts.json"),
              (Names{"2025/Dec/ossec-alerts-31.json.gz", "2026/Oct/ossec-alerts-31.json.gz",
                     "2026/Nov/ossec-alerts-02.json", "2026/Nov/ossec-alerts-02-001.json",
                     "2026/Nov/ossec-alerts-02-002.json.gz", "2026/Nov/ossec-alerts-02-010.json",
                     "2026/Nov/ossec-alerts-10.json.gz"}));
}

TEST_F(RotatedFiles, OfWazuhAreOnlyThoseOfTheSameKind) {
    for (const char* name :
         {"alerts.json", "alerts.log", "2026/Nov/ossec-alerts-02.log", "2026/Nov/ossec-alerts-02.json.sum",
          "2026/Nov/ossec-alerts-02.json", "2026/Nov/notes.json", "2026/Other/ossec-alerts-02.json",
          "2026/Nov/ossec-alerts-xx.json", "2026/Nov/ossec-alerts-02-.json", "year/Nov/ossec-alerts-02.json"})
        make(name);
    std::filesystem::create_directories(dir_ / "2026/Nov/ossec-alerts-03.json");
    EXPECT_EQ(of("alerts.json"), Names{"2026/Nov/ossec-alerts-02.json"});
}

TEST_F(RotatedFiles, OfLogrotateComeInTheOrderInWhichTheyWereWritten) {
    make("eve.json", 100);
    make("eve.json.1", 90);
    make("eve.json.2", 80);
    make("eve.json.10.gz", 10);
    make("eve.json-20261128.gz", 5);
    make("other.json.1", 1);
    make("eve.json.bak", 1);
    make("eve.json.1.old", 1);
    make("eve.jsonl", 1);
    EXPECT_EQ(of("eve.json"), (Names{"eve.json-20261128.gz", "eve.json.10.gz", "eve.json.2", "eve.json.1"}));
}

// 2026-12-01: two rotations within one look, after the clock was set back: files have times in the future.
TEST_F(RotatedFiles, AfterTheClockWasSetBackNamesTellTheOrder) {
    constexpr int future = 7200;
    make("eve.json", 100);
    make("eve.json.1", 10);
    make("eve.json.2.gz", future);
    make("eve.json.10", future - 1);
    EXPECT_EQ(of("eve.json"), (Names{"eve.json.10", "eve.json.2.gz", "eve.json.1"}));
    make("dns.log-20261128.gz", future);
    make("dns.log-20261130", 10);
    make("dns.log-20261130-9", 7);
    make("dns.log-20261130-10", 5);
    make("dns.log-20261129", 50);
    EXPECT_EQ(of("dns.log"), (Names{"dns.log-20261128.gz", "dns.log-20261129", "dns.log-20261130",
                                    "dns.log-20261130-9", "dns.log-20261130-10"}));
    make("mixed.log.1-2", 20);
    make("mixed.log.2", 10);
    make("mixed.log.1", future);
    EXPECT_EQ(of("mixed.log"), (Names{"mixed.log.2", "mixed.log.1-2", "mixed.log.1"}));
}

// 2026-12-01: a counter that goes up, and a date that begins with the day.
TEST_F(RotatedFiles, ElseTheTimesTellItWhateverTheNamesMean) {
    make("app.log.1", 10);
    make("app.log.2", 20);
    make("app.log.3", 30);
    EXPECT_EQ(of("app.log"), (Names{"app.log.1", "app.log.2", "app.log.3"}));
    make("day.log-30112026", 10);
    make("day.log-01122026", 20);
    EXPECT_EQ(of("day.log"), (Names{"day.log-30112026", "day.log-01122026"}));
}

TEST_F(RotatedFiles, WhereWazuhRotatesWhatElseLiesThereIsNone) {
    for (const char* name : {"alerts.json", "alerts.json.1", "2026/Nov/ossec-alerts-02.json"}) make(name);
    EXPECT_EQ(of("alerts.json"), Names{"2026/Nov/ossec-alerts-02.json"});
}

TEST_F(RotatedFiles, TheOneThatIsBeingCompressedIsStillTheOne) {
    make("alerts.json");
    make("2026/Nov/ossec-alerts-02.json");
    make("2026/Nov/ossec-alerts-02.json.gz");
    make("2026/Nov/ossec-alerts-03.json.gz");
    EXPECT_EQ(of("alerts.json"),
              (Names{"2026/Nov/ossec-alerts-02.json", "2026/Nov/ossec-alerts-03.json.gz"}));
}

TEST_F(RotatedFiles, ADirectoryThatIsNotThereHasNone) {
    EXPECT_TRUE(of("away/alerts.json").empty());
}

}  // namespace
}  // namespace enrichd::test::rotated_files_test
