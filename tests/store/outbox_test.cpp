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
    EXPECT_EQ(event("odd", -7), std::pair(std::string_view("other"), Destination::active_response));
}

}  // namespace
}  // namespace enrichd::test::outbox_test
