#include "outputs/wazuh_queue/wazuh_queue.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_wazuh_queue.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::wazuh_queue_test {
namespace {

using namespace std::chrono_literals;

Event event(std::string json) {
    return {"domain_stats", "dns_stats", {}, std::move(json)};
}

class WazuhQueueTest : public testing::Test {
  protected:
    TempDir home_;
    Clock::time_point now_ = Clock::now();
    WazuhQueue queue_{home_ / "queue/sockets/queue", [this] { return now_; }};
};

TEST_F(WazuhQueueTest, WritesOneDatagramAnEvent) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{\"a\":1}")));
    EXPECT_EQ(wazuh.messages(), std::vector<std::string>{"1:dns_stats:{\"a\":1}"});
}

TEST_F(WazuhQueueTest, KnowsAnAbsentWazuh) {
    EXPECT_EQ(queue_.try_now(event("{}")).error(), errc::output_absent) << "never started";
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{}")));
    wazuh.stop();
    EXPECT_EQ(queue_.try_now(event("{}")).error(), errc::output_absent)
        << "stopped, its socket file still there";
    EXPECT_EQ(queue_.try_now(event("{}")).error(), errc::output_absent);
}

TEST_F(WazuhQueueTest, FindsARestartedWazuhAtOnce) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{\"n\":1}")));
    wazuh.stop();
    wazuh.start();
    now_ += 1s;
    EXPECT_TRUE(queue_.try_now(event("{\"n\":2}"))) << "not even one event waits";
    EXPECT_EQ(wazuh.messages(), (std::vector<std::string>{"1:dns_stats:{\"n\":1}", "1:dns_stats:{\"n\":2}"}))
        << "what the first took with it comes again";
}

TEST_F(WazuhQueueTest, AReaderThatSetsTheRightsOfItsSocketAfterwardsIsTheSameReader) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{}")));
    std::filesystem::permissions(home_ / "queue/sockets/queue", std::filesystem::perms(0660));
    EXPECT_TRUE(queue_.probe());
    EXPECT_EQ(wazuh.messages().size(), 1U) << "nothing is sent twice";
}

TEST_F(WazuhQueueTest, OnlyTheLastTwoSecondsComeAgainHoweverLongNobodyProbed) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    for (int second = 0; second < 10; ++second, now_ += 1s) {
        EXPECT_TRUE(queue_.try_now(event("{}")));
        wazuh.messages();
    }
    wazuh.stop();
    EXPECT_EQ(queue_.try_now(event("{}")).error(), errc::output_absent);
    EXPECT_LE(queue_.take_back().size(), 3U);
}

TEST_F(WazuhQueueTest, WhatItsLastReaderTookWithItCanBeTakenBackAsEvents) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now({"domain_stats", "[1] (a||b|:c) any->dns_stats", {}, R"({"a":":"})"}));
    EXPECT_TRUE(queue_.try_now({"otx", "otx", {}, R"({"integration":"otx","otx":{}})"}));
    EXPECT_TRUE(queue_.take_back().empty()) << "its reader is there";
    wazuh.stop();
    EXPECT_EQ(queue_.try_now(event("{}")).error(), errc::output_absent);
    const std::vector<Event> events = queue_.take_back();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].location, "[1] (a||b|:c) any->dns_stats");
    EXPECT_EQ(events[0].json, R"({"a":":"})");
    EXPECT_EQ(events[0].kind, "domain_stats");
    EXPECT_EQ(events[1].location, "otx");
    EXPECT_EQ(events[1].kind, "otx");
    EXPECT_TRUE(queue_.take_back().empty()) << "they are the caller's";
    wazuh.start();
    EXPECT_TRUE(queue_.probe());
    EXPECT_TRUE(wazuh.messages().empty());
}

TEST_F(WazuhQueueTest, WhatWasSentJustBeforeWazuhEndedIsSentToTheNextWithoutAnEvent) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{\"n\":1}")));
    EXPECT_EQ(wazuh.messages().size(), 1U);
    now_ += 3s;
    EXPECT_TRUE(queue_.try_now(event("{\"n\":2}")));
    EXPECT_TRUE(queue_.probe()) << "it lives, so the first was read long ago";
    EXPECT_TRUE(queue_.restless());
    wazuh.stop();
    EXPECT_EQ(queue_.probe().error(), errc::output_absent) << "noticed without an event";
    wazuh.start();
    EXPECT_TRUE(queue_.probe());
    EXPECT_EQ(wazuh.messages().back(), "1:dns_stats:{\"n\":2}");
    EXPECT_EQ(wazuh.messages().size(), 2U);
    now_ += 3s;
    EXPECT_TRUE(queue_.probe());
    EXPECT_FALSE(queue_.restless()) << "nothing is left to do";
    EXPECT_EQ(wazuh.messages().size(), 2U);
}

TEST_F(WazuhQueueTest, ARestartBetweenTwoProbesIsSeen) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{\"n\":1}")));
    wazuh.stop();
    wazuh.start();
    EXPECT_TRUE(queue_.probe());
    EXPECT_EQ(wazuh.messages(), std::vector<std::string>{"1:dns_stats:{\"n\":1}"});
}

TEST_F(WazuhQueueTest, AReaderThatOnlyReadsNoMoreStillHasWhatItWasSent) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    EXPECT_TRUE(queue_.try_now(event("{\"n\":1}")));
    wazuh.refuse();
    EXPECT_FALSE(queue_.try_now(event("{\"n\":2}")));
    EXPECT_EQ(wazuh.messages().size(), 1U);
    wazuh.stop();
    wazuh.start();
    EXPECT_TRUE(queue_.try_now(event("{\"n\":2}")));
    EXPECT_EQ(wazuh.messages().back(), "1:dns_stats:{\"n\":2}");
    EXPECT_EQ(wazuh.messages().size(), 2U);
}

TEST_F(WazuhQueueTest, TellsAFullQueueAndGoesOnWhenItIsRead) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    std::size_t written = 0;
    while (queue_.try_now(event("{}"))) ++written;
    EXPECT_EQ(queue_.try_now(event("{}")).error(), errc::output_full);
    EXPECT_EQ(wazuh.messages().size(), written);
    EXPECT_TRUE(queue_.try_now(event("{}")));
}

TEST_F(WazuhQueueTest, RefusesWhatAnalysisdWouldCutSilently) {
    fakes::FakeWazuhQueue wazuh(home_.path());
    const std::size_t head = std::string("1:dns_stats:").size();
    EXPECT_TRUE(queue_.try_now(event(std::string(65'535 - head, 'x'))));
    EXPECT_EQ(queue_.try_now(event(std::string(65'536 - head, 'x'))).error(), errc::output_too_long);
    EXPECT_EQ(wazuh.messages().size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::wazuh_queue_test
