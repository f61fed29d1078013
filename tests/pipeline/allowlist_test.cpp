#include "pipeline/allowlist.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::allowlist_test {
namespace {

using namespace std::chrono_literals;

TEST(Allowlist, AnEntryThatHasEndedSilencesNothing) {
    SimulatedTime time;
    const TempDir dir;
    asio::io_context io;
    Database database(io, {dir / "enrichd.db"});
    Allowlist allowlist(database);
    AllowedName entry;
    entry.name = "old-name.com";
    entry.below = true;
    entry.until = wall_seconds(WallClock::now()) + 1h;
    EXPECT_FALSE(run(io, allowlist.add(entry)));
    const auto name = HostName::parse("www.old-name.com").value();
    EXPECT_EQ(allowlist.find(name).size(), 1U);
    time.advance(2h);
    EXPECT_EQ(allowlist.find(name).size(), 0U);
}

}  // namespace
}  // namespace enrichd::test::allowlist_test
