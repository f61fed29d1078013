#include "stages/lists/list_copy.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "support/temp_dir.hpp"

namespace enrichd::test::list_copy_test {
namespace {

constexpr WallTime then{std::chrono::seconds(1'795'493'062)};

TEST(ListCopy, IsReadAsItWasWritten) {
    const TempDir dir;
    const std::string file = dir / "lists/urlhaus";
    const ListCopy copy{"https://lists.example/x", "\"1\"", "Tue, 24 Nov 2026 03:55:50 GMT", then,
                        "a.com\nb.com\n"};
    ASSERT_FALSE(copy.write(file));
    const auto read = ListCopy::read(file);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->from, copy.from);
    EXPECT_EQ(read->etag, copy.etag);
    EXPECT_EQ(read->last_modified, copy.last_modified);
    EXPECT_EQ(read->since, then);
    EXPECT_EQ(read->text, copy.text);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir / "lists"), {}), 1)
        << "nothing half written";
}

TEST(ListCopy, IsAsFreshAsItsSourceWasConfirmed) {
    const TempDir dir;
    const std::string file = dir / "urlhaus";
    ASSERT_FALSE((ListCopy{"https://lists.example/x", {}, {}, then, "a.com\n"}.write(file)));
    ASSERT_TRUE(ListCopy::confirm(file, then + std::chrono::hours(1)));
    EXPECT_EQ(ListCopy::read(file)->since, then + std::chrono::hours(1));
    EXPECT_EQ(ListCopy::read(file)->text, "a.com\n");
    EXPECT_TRUE(ListCopy::confirm(dir / "none", then).has_error());
}

TEST(ListCopy, OfSomethingElseIsNone) {
    const TempDir dir;
    EXPECT_TRUE(ListCopy::read(dir / "none").has_error());
    for (const char* text : {"", "a.com\n", "[]\na.com\n", "{"}) {
        write_file(dir / "odd", text);
        EXPECT_EQ(ListCopy::read(dir / "odd").error(), errc::body_not_json) << text;
    }
    ASSERT_FALSE((ListCopy{"https://lists.example/x", {}, {}, then, "a.com\nb.com\n"}.write(dir / "cut")));
    std::filesystem::resize_file(dir / "cut", std::filesystem::file_size(dir / "cut") - 3);
    EXPECT_EQ(ListCopy::read(dir / "cut").error(), errc::body_not_json);
    EXPECT_TRUE(ListCopy{}.write("/proc/no/such")) << "an error";
}

}  // namespace
}  // namespace enrichd::test::list_copy_test
