#include "sources/spool/spool_queue.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::spool_queue_test {
namespace {

SpoolName name(std::uint64_t id) {
    return {id, Destination::siem};
}

TEST(SpoolQueue, GivesTheOldestAndKnowsItUntilItIsFinished) {
    SpoolQueue queue;
    EXPECT_FALSE(queue.take());
    queue.scan_ended({name(1), name(2)}, 0);
    EXPECT_FALSE(queue.known(name(1)));
    EXPECT_EQ(queue.take(), name(1));
    EXPECT_TRUE(queue.known(name(1)));
    EXPECT_EQ(queue.in_flight(), 1U);
    EXPECT_EQ(queue.unfinished(), 2U);
    queue.finish(name(1));
    EXPECT_FALSE(queue.known(name(1)));
    EXPECT_EQ(queue.in_flight(), 0U);
    EXPECT_EQ(queue.unfinished(), 1U);
    EXPECT_TRUE(queue.has_pending());
}

TEST(SpoolQueue, DoesNotTakeAFileTwice) {
    SpoolQueue queue;
    queue.scan_ended({name(1)}, 0);
    EXPECT_TRUE(queue.take());
    queue.scan_ended({name(1), name(2)}, 0);
    EXPECT_FALSE(queue.take());
    EXPECT_EQ(queue.in_flight(), 1U);
    EXPECT_EQ(queue.take(), name(2));
    EXPECT_FALSE(queue.has_pending());
}

TEST(SpoolQueue, DeferredFilesAreKnownAndComeAfterTheOthers) {
    SpoolQueue queue;
    queue.scan_ended({name(1), name(2)}, 0);
    queue.take();
    queue.defer(name(1));
    EXPECT_TRUE(queue.has_deferred());
    EXPECT_TRUE(queue.known(name(1))) << "a scan does not find it again";
    EXPECT_EQ(queue.in_flight(), 0U);
    EXPECT_EQ(queue.unfinished(), 2U);
    queue.retry_deferred();
    EXPECT_FALSE(queue.has_deferred());
    EXPECT_EQ(queue.unfinished(), 2U);
    EXPECT_EQ(queue.take(), name(2));
    EXPECT_EQ(queue.take(), name(1));
}

TEST(SpoolQueue, FilesThatAreLeftAloneCountAsFilesButNotAsUnfinished) {
    SpoolQueue queue;
    queue.scan_ended({name(1)}, 0);
    queue.take();
    queue.leave_alone(name(1));
    queue.finish(name(1));
    EXPECT_TRUE(queue.known(name(1)));
    EXPECT_EQ(queue.files(), 1U);
    EXPECT_EQ(queue.unfinished(), 0U);
    queue.forget_left_alone();
    EXPECT_FALSE(queue.known(name(1)));
    EXPECT_EQ(queue.files(), 0U);
}

TEST(SpoolQueue, AFileThatCouldNotBeReadIsFoundAgainByTheNextScan) {
    SpoolQueue queue;
    queue.scan_ended({name(1)}, 0);
    queue.take();
    queue.leave_until_scan(name(1));
    queue.finish(name(1));
    EXPECT_TRUE(queue.known(name(1)));
    EXPECT_EQ(queue.files(), 1U);
    queue.scan_begins();
    EXPECT_FALSE(queue.known(name(1)));
    queue.scan_ended({name(1)}, 0);
    EXPECT_EQ(queue.take(), name(1));
}

TEST(SpoolQueue, CountsArrivalsUntilTheNextScanAndWhatThatLeftOut) {
    SpoolQueue queue;
    queue.note_arrival(name(1));
    queue.note_arrival(name(2));
    EXPECT_EQ(queue.files(), 2U);
    queue.scan_begins();
    queue.note_arrival(name(3));
    queue.scan_ended({name(1), name(2)}, 5);
    EXPECT_EQ(queue.files(), 8U) << "one came during the scan";
    queue.note_arrival(name(2));
    ASSERT_EQ(queue.take(), name(1));
    queue.note_arrival(name(1));
    EXPECT_EQ(queue.files(), 8U) << "inotify reports late what the scan has found";
    queue.finish(name(1));
    queue.scan_begins();
    queue.scan_ended({}, 0);
    EXPECT_EQ(queue.files(), 0U);
}

}  // namespace
}  // namespace enrichd::test::spool_queue_test
