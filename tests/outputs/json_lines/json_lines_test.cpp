#include "outputs/json_lines/json_lines.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::json_lines_test {
namespace {

Event event(std::string json) {
    return {"domain_stats", "[001] (pc) any->dns_stats", {"001", "p\xff", ""}, std::move(json)};
}

TEST(JsonLines, WritesOneDocumentALine) {
    const TempDir dir;
    JsonLines lines(dir / "events");
    EXPECT_TRUE(lines.try_now(event(R"({"a":1})")));
    EXPECT_TRUE(lines.try_now(event(R"({"a":2})")));
    EXPECT_EQ(
        read_file(dir / "events"),
        "{\"location\":\"[001] (pc) any->dns_stats\",\"agent\":{\"id\":\"001\",\"name\":\"p\xef\xbf\xbd\","
        "\"ip\":\"\"},\"event\":{\"a\":1}}\n"
        "{\"location\":\"[001] (pc) any->dns_stats\",\"agent\":{\"id\":\"001\",\"name\":\"p\xef\xbf\xbd\","
        "\"ip\":\"\"},\"event\":{\"a\":2}}\n");
}

TEST(JsonLines, FollowsAFileThatIsRotated) {
    const TempDir dir;
    JsonLines lines(dir / "events");
    EXPECT_TRUE(lines.try_now(event("{}")));
    std::filesystem::rename(dir / "events", dir / "events.1");
    EXPECT_TRUE(lines.try_now(event("{}")));
    EXPECT_EQ(read_file(dir / "events"), read_file(dir / "events.1"));
}

TEST(JsonLines, AFileThatCannotBeWrittenIsAnErrorWorthAnotherTry) {
    const TempDir dir;
    JsonLines lines(dir / "missing/events");
    EXPECT_EQ(lines.try_now(event("{}")).error(), errc::output_failed);
    std::filesystem::create_directory(dir / "missing");
    EXPECT_TRUE(lines.try_now(event("{}")));
    JsonLines full("/dev/full");
    EXPECT_EQ(full.try_now(event("{}")).error(), errc::output_failed);
}

}  // namespace
}  // namespace enrichd::test::json_lines_test
