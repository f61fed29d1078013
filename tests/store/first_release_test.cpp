// A state file that 0.1.0 wrote, killed while alerts waited for a Domain Stats that was away, for OTX and for
// a name that failed, and events for Wazuh: tests/data/state-0.1.0.db.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/domains.hpp"
#include "store/journal.hpp"
#include "store/outbox.hpp"
#include "store/snapshot.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::first_release_test {
namespace {

using namespace std::chrono_literals;

class FirstReleaseTest : public testing::Test {
  protected:
    FirstReleaseTest() {
        std::filesystem::copy_file(std::string(ENRICHD_TEST_DATA) + "/state-0.1.0.db", dir_ / "enrichd.db");
        std::filesystem::permissions(dir_ / "enrichd.db", std::filesystem::perms::owner_all);
    }
    /// As 0.1.0 might have left it too.
    void change(const char* statements) {
        sqlite3* file = nullptr;
        ASSERT_EQ(sqlite3_open((dir_ / "enrichd.db").c_str(), &file), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(file, statements, nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(file);
    }
    static std::vector<std::string> queries(const std::vector<KeptAlert>& alerts) {
        std::vector<std::string> out;
        for (const KeptAlert& one : alerts) out.push_back(one.stage + " " + one.alert.query);
        return out;
    }

    asio::io_context io_;
    TempDir dir_;
};

TEST_F(FirstReleaseTest, ItsAlertsGoOnWhereTheyWere) {
    Database database(io_, {dir_ / "enrichd.db", false, 5ms});
    Outbox outbox(database);
    Journal journal(database, outbox, 1000);
    auto left = run(io_, journal.load());
    ASSERT_TRUE(left) << left.error().message();
    EXPECT_EQ(queries(left->in_progress),
              (std::vector<std::string>{"otx www.new-one.com", "otx mail.new-two.com",
                                        "domain_stats a.away.com", "domain_stats b.away.com"}));
    EXPECT_EQ(left->in_progress[0].rank, Suspicion::new_domain);
    EXPECT_FALSE(left->in_progress[0].taken);
    EXPECT_EQ(left->in_progress[2].rank, Suspicion::none);
    EXPECT_TRUE(left->in_progress[2].taken) << "it may have been asked for";
    EXPECT_EQ(left->in_progress[2].alert.agent.name, "pc-17");
    EXPECT_EQ(queries(left->deferred), std::vector<std::string>{"domain_stats www.hard.com"});
    EXPECT_EQ(journal.deferred("domain_stats"), 1U);
    EXPECT_EQ(journal.pending(), 5U);
    EXPECT_EQ(left->recent.size(), 19U) << "an alert that comes again is known";
    const auto due = run(io_, journal.take_deferred("domain_stats", true, 10)).value();
    EXPECT_EQ(queries(due), std::vector<std::string>{"domain_stats www.hard.com"});
}

TEST_F(FirstReleaseTest, ItsAlertsThatDidNotFitIntoMemoryWaitOn) {
    change(
        "UPDATE journal SET waits = -1 WHERE query = 'b.away.com';"
        "UPDATE journal SET waits = judged WHERE judged IS NOT NULL;"
        "UPDATE journal SET judged = 1, waits = 1 WHERE query = 'mail.new-two.com'");
    Database database(io_, {dir_ / "enrichd.db", false, 5ms});
    Outbox outbox(database);
    Journal journal(database, outbox, 1000);
    ASSERT_TRUE(run(io_, journal.load()));
    EXPECT_EQ(journal.waiting("domain_stats"), 1U);
    EXPECT_EQ(journal.waiting("otx"), 2U);
    EXPECT_EQ(queries(run(io_, journal.take("domain_stats", true, 10)).value()),
              std::vector<std::string>{"domain_stats b.away.com"});
    EXPECT_EQ(queries(run(io_, journal.take("otx", false, 10)).value()),
              (std::vector<std::string>{"otx www.new-one.com", "otx mail.new-two.com"}))
        << "the more suspicious first";
}

TEST_F(FirstReleaseTest, ItsEventsVerdictsAndDomainsAreKept) {
    // As if it had been written now: verdicts expire.
    change(
        "UPDATE verdicts SET expires = expires - learnt + CAST(strftime('%s', 'now') AS INTEGER),"
        " learnt = CAST(strftime('%s', 'now') AS INTEGER)");
    Database database(io_, {dir_ / "enrichd.db", false, 5ms});
    Outbox outbox(database);
    ASSERT_FALSE(run(io_, outbox.load({"wazuh"})));
    const auto events = run(io_, outbox.oldest("wazuh", 10)).value();
    ASSERT_EQ(events.size(), 4U);
    EXPECT_NE(events[0].event.json.find("www.new-one.com"), std::string::npos);
    Snapshot snapshot(database, 100);
    EXPECT_EQ(run(io_, snapshot.after("domain_stats", "", 100)).value().size(), 16U);
    Domains domains(database, 100);
    ASSERT_FALSE(run(io_, domains.load()));
    EXPECT_EQ(domains.size(), 16U);
    EXPECT_FALSE(run(io_, domains.note("new-one.com", wall_seconds(WallClock::now()))).value().first);
}

TEST_F(FirstReleaseTest, AFileOfBeforeItGetsTheTablesThatItLacks) {
    change(
        "DROP TABLE domains; DROP TABLE open_ages; ALTER TABLE verdicts DROP COLUMN learnt;"
        "PRAGMA user_version = 1");
    Database database(io_, {dir_ / "enrichd.db", false, 5ms});
    Domains domains(database, 10);
    EXPECT_TRUE(run(io_, domains.note("x.com", wall_seconds(WallClock::now()))).value().first);
}

}  // namespace
}  // namespace enrichd::test::first_release_test
