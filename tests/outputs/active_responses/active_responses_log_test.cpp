#include "outputs/active_responses/active_responses_log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::active_responses_log_test {
namespace {

Event event(Destination destination) {
    return {"otx", "[001] (pc) any->otx", {"001", "pc", ""}, R"({"integration":"otx"})", destination};
}

TEST(ActiveResponsesLog, TakesWhatAnActiveResponseAskedFor) {
    const TempDir dir;
    const ActiveResponsesLog log(dir / "log");
    EXPECT_TRUE(log.takes(event(Destination::active_response)));
    EXPECT_FALSE(log.takes(event(Destination::siem)));
}

TEST(ActiveResponsesLog, AppendsRawLinesToWhatIsThere) {
    const TempDir dir;
    write_file(dir / "log", "2026/11/24 03:00:00 active-response/bin/x: Starting\n");
    ActiveResponsesLog log(dir / "log");
    EXPECT_TRUE(log.try_now(event(Destination::active_response)));
    EXPECT_EQ(read_file(dir / "log"),
              "2026/11/24 03:00:00 active-response/bin/x: Starting\n{\"integration\":\"otx\"}\n");
}

TEST(ActiveResponsesLog, FollowsRotationAndMakesTheFileForItsGroup) {
    const TempDir dir;
    ActiveResponsesLog log(dir / "log");
    EXPECT_TRUE(log.try_now(event(Destination::active_response)));
    std::filesystem::rename(dir / "log", dir / "log.1");
    EXPECT_TRUE(log.try_now(event(Destination::active_response)));
    EXPECT_EQ(read_file(dir / "log"), read_file(dir / "log.1"));
    struct stat status {};
    ::stat((dir / "log").c_str(), &status);
    EXPECT_EQ(status.st_mode & 0007, 0U) << "nobody else reads it";
}

}  // namespace
}  // namespace enrichd::test::active_responses_log_test
