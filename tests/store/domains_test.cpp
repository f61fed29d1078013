#include "store/domains.hpp"

#include <gtest/gtest.h>

#include "store/journal.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::domains_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const WallTime now{1'795'492'550s};

class DomainsTest : public testing::Test {
  protected:
    Contact note(const std::string& domain, WallTime when = now) {
        return run(io_, domains_.note(domain, when)).value();
    }
    error tell(const std::string& domain) {
        return run(io_, domains_.mark_reported({"domain_stats", domain, "{}", now + 1h}));
    }
    std::vector<std::string> all() {
        std::vector<std::string> out;
        for (const SeenDomain& one : run(io_, domains_.after("", 100)).value()) out.push_back(one.domain);
        return out;
    }
    asio::io_context io_;
    TempDir dir_;
    Database database_{io_, {dir_ / "enrichd.db"}};
    Domains domains_{database_, 3};
};

TEST_F(DomainsTest, AreAFirstContactUntilSomebodyIsTold) {
    EXPECT_TRUE(note("x.com").first);
    const Contact not_delivered = note("x.com", now + 1h);
    EXPECT_TRUE(not_delivered.first);
    EXPECT_TRUE(not_delivered.before);
    EXPECT_EQ(not_delivered.seen, now);
    EXPECT_FALSE(tell("x.com"));
    EXPECT_FALSE(note("x.com", now + 2h).first);
    EXPECT_TRUE(note("y.com").first);
    EXPECT_EQ(domains_.size(), 2U);
}

TEST_F(DomainsTest, AreNoFirstContactWhileAnAlertIsAboutToReportThem) {
    note("x.com");
    Outbox outbox(database_);
    Journal journal(database_, outbox, 100);
    ASSERT_TRUE(run(io_, journal.load()).has_value());
    KeptAlert alert;
    alert.stage = "domain_stats";
    const AlertNumber reporter = run(io_, journal.add(alert, true, {})).value();
    const Contact other = run(io_, domains_.note("x.com", now, false, reporter)).value();
    EXPECT_FALSE(other.first);
    EXPECT_TRUE(other.under_way);
    journal.finish(reporter, "domain_stats", {});
    const Contact later = run(io_, domains_.note("x.com", now, false, reporter)).value();
    EXPECT_TRUE(later.first) << "it ended without";
    EXPECT_FALSE(later.under_way);
}

TEST_F(DomainsTest, MayBeTakenAsTold) {
    EXPECT_FALSE(run(io_, domains_.note("x.com", now, true)).value().first);
    EXPECT_FALSE(note("x.com").first);
    note("y.com");
    EXPECT_TRUE(run(io_, domains_.note("y.com", now, true)).value().first) << "it is not new";
}

TEST_F(DomainsTest, KeepWhatTheirRegistriesSay) {
    note("x.com");
    KnownAge age{Registration{now - days(100), now + days(265)}, "", now + days(200)};
    EXPECT_FALSE(run(io_, domains_.learn("x.com", age)));
    Contact contact = note("x.com");
    EXPECT_EQ(contact.age.registration, age.registration);
    EXPECT_EQ(contact.age.good_until, age.good_until);
    EXPECT_FALSE(run(io_, domains_.learn("x.com", {std::nullopt, "returned 404", now + 1h})));
    contact = note("x.com");
    EXPECT_FALSE(contact.age.registration);
    EXPECT_EQ(contact.age.failure, "returned 404");
    EXPECT_FALSE(run(io_, domains_.learn("x.com", {Registration{now, {}}, "", now})));
    EXPECT_FALSE(note("x.com").age.registration->expires);
}

TEST_F(DomainsTest, AreImportedOnceAndKeepTheEarlierTime) {
    note("x.com");
    EXPECT_EQ(run(io_, domains_.import({{"x.com", now - days(1)}, {"y.com", now}, {"y.com", now}})).value(),
              1U);
    EXPECT_EQ(run(io_, domains_.import({{"x.com", now + days(1)}})).value(), 0U);
    EXPECT_EQ(note("x.com").seen, now - days(1));
    EXPECT_FALSE(note("y.com").first);
    EXPECT_EQ(all(), (std::vector<std::string>{"x.com", "y.com"}));
}

TEST_F(DomainsTest, AreForgotten) {
    note("x.com");
    EXPECT_EQ(run(io_, domains_.forget("x.com")).value(), 1U);
    EXPECT_EQ(run(io_, domains_.forget("x.com")).value(), 0U);
    EXPECT_TRUE(note("x.com").first);
}

TEST_F(DomainsTest, BeyondTheBoundThoseAreForgottenThatNobodyAskedForLongest) {
    for (int i = 0; i < 5; ++i) note("x" + std::to_string(i) + ".com", now + days(i));
    note("x0.com", now + days(9));
    EXPECT_FALSE(run(io_, domains_.prune()));
    EXPECT_EQ(all(), (std::vector<std::string>{"x0.com", "x3.com", "x4.com"}));
    EXPECT_EQ(domains_.size(), 3U);
}

TEST_F(DomainsTest, AreCountedAtTheStart) {
    note("x.com");
    Domains again(database_, 3);
    EXPECT_FALSE(run(io_, again.load()));
    EXPECT_EQ(again.size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::domains_test
