#include "store/outbox.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::outbox_test {
namespace {

TEST(StoredEvent, HasAKindAndADestinationThatThereAreWhateverIsInTheFile) {
    const TempDir dir;
    StateFile file;
    file.open(dir / "enrichd.db");
    const auto event = [&](std::string_view kind, std::int64_t destination) {
        Event out;
        file.each(
            "SELECT 1, ?, ?, 'otx', '001', 'pc', '', '{}'",
            [&](const Row& row) { out = stored_event(row).event; }, kind, destination);
        EXPECT_EQ(out.json, "{}");
        return std::pair(out.kind, out.destination);
    };
    EXPECT_EQ(event("otx", 0), std::pair(std::string_view("otx"), Destination::siem));
    EXPECT_EQ(event("domain_stats", 1),
              std::pair(std::string_view("domain_stats"), Destination::active_response));
    EXPECT_EQ(event("long_name", -7), std::pair(std::string_view("long_name"), Destination::active_response));
    for (const std::string& spoilt :
         {std::string(), std::string("odd kind"), std::string("\"}"), std::string(65, 'x')})
        EXPECT_EQ(event(spoilt, 0).first, "other") << spoilt;
    for (int i = 0; i < 100; ++i) event("kind" + std::to_string(i), 0);
    EXPECT_EQ(event("one_more", 0).first, "other") << "a label must not have any number of values";
}

}  // namespace
}  // namespace enrichd::test::outbox_test
