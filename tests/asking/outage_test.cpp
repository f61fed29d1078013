// When an upstream is asked, and what it takes to find out that it is there; the time is the test's.
#include "asking/outage.hpp"

#include <gtest/gtest.h>

#include "net/tasks.hpp"

namespace enrichd::test::outage_test {
namespace {

using namespace std::chrono_literals;

class OutageTest : public testing::Test, private Outage::Asker {
  protected:
    void pass(Clock::duration passed) {
        time_.advance(passed);
        io_.restart();
        io_.poll();
    }
    void fail(const error& failure, std::string_view name = "x.com") {
        outage_.failed(failure, name);
        pass(0s);
    }
    void TearDown() override {
        tasks_.cancel();
        pass(0s);
        EXPECT_EQ(tasks_.running(), 0U);
    }

    bool there_ = false;
    Clock::duration probe_takes_{};
    int probes_ = 0;
    int outages_ = 0;
    int returns_ = 0;
    int resumed_ = 0;

  private:
    task<result<void>> probe() override {
        ++probes_;
        if (probe_takes_ > 0s) co_await sleep_until(Clock::now() + probe_takes_);
        if (!there_) co_return errc::refused;
        co_return result<void>();
    }
    void went_away(const error&) override { ++outages_; }
    void still_away(const error&) override {}
    void is_back() override { ++returns_; }
    void go_on() override { ++resumed_; }

  protected:
    SimulatedTime time_;
    asio::io_context io_;
    Tasks tasks_{io_};
    Outage outage_{"probe", tasks_, *this, {3, 1s, 4s}, 1min};
};

TEST_F(OutageTest, NobodyListensIsAnOutageAtOnceAndProbesGetRarer) {
    fail(errc::refused);
    EXPECT_TRUE(outage_.away());
    EXPECT_TRUE(outage_.pauses());
    EXPECT_EQ(*outage_.trouble(), errc::refused);
    EXPECT_EQ(probes_, 0);
    pass(1s);
    EXPECT_EQ(probes_, 1);
    pass(1s);
    EXPECT_EQ(probes_, 1) << "the second pause is twice as long";
    pass(1s);
    EXPECT_EQ(probes_, 2);
    EXPECT_EQ(outages_, 1) << "an outage is one, however often it is probed";
}

TEST_F(OutageTest, AProbeThatIsAnsweredEndsIt) {
    fail(errc::refused);
    there_ = true;
    pass(1s);
    EXPECT_FALSE(outage_.away());
    EXPECT_FALSE(outage_.pauses());
    EXPECT_FALSE(outage_.trouble());
    EXPECT_EQ(returns_, 1);
    EXPECT_EQ(resumed_, 1);
    pass(1min);
    EXPECT_EQ(probes_, 1);
}

/// Found by a simulation on 2026-11-29: health said for ever after that the server was down.
TEST_F(OutageTest, AProbeThatFailsAfterAQuestionWasAnsweredSaysNothing) {
    probe_takes_ = 15s;
    for (const char* const name : {"a.com", "b.com", "c.com"}) fail(errc::deadline, name);
    EXPECT_TRUE(outage_.pauses());
    pass(10s);
    outage_.verdict();  // a question that was on its way
    outage_.answered();
    pass(10s);
    EXPECT_EQ(probes_, 1);
    EXPECT_FALSE(outage_.away());
    EXPECT_FALSE(outage_.trouble());
    EXPECT_EQ(outages_, 0);
}

TEST_F(OutageTest, SomeNamesThatTimeOutArePausedOnlyUntilAProbeIsAnswered) {
    there_ = true;
    fail(errc::deadline, "a.com");
    fail(errc::deadline, "b.com");
    EXPECT_FALSE(outage_.pauses());
    fail(errc::deadline, "c.com");
    EXPECT_FALSE(outage_.pauses()) << "it was probed at once";
    EXPECT_EQ(probes_, 1);
    EXPECT_EQ(outages_, 0);
    EXPECT_EQ(returns_, 0) << "it was never away";
    EXPECT_EQ(resumed_, 1);
}

TEST_F(OutageTest, AProbeAtOnceThatFailsIsFollowedByTheFirstPause) {
    for (const char* const name : {"a.com", "b.com", "c.com"}) fail(errc::deadline, name);
    EXPECT_EQ(probes_, 1);
    EXPECT_TRUE(outage_.away());
    pass(1s);
    EXPECT_EQ(probes_, 2);
}

TEST_F(OutageTest, AFailureOfOneNameIsNoTroubleOfAServerThatHasAnsweredLately) {
    outage_.verdict();
    fail(errc::http_status);
    EXPECT_FALSE(outage_.trouble());
    pass(2min);
    fail(errc::http_status);
    EXPECT_EQ(*outage_.trouble(), errc::http_status);
    EXPECT_FALSE(outage_.pauses()) << "it answers, if only so";
}

TEST_F(OutageTest, TheFirstLookFindsAnOutageBeforeAQuestionDoes) {
    tasks_.spawn("look", outage_.look());
    pass(0s);
    EXPECT_EQ(probes_, 1);
    EXPECT_TRUE(outage_.away());
    there_ = true;
    pass(1s);
    EXPECT_FALSE(outage_.away());
    EXPECT_EQ(tasks_.running(), 0U);
}

TEST_F(OutageTest, WhileAnOperatorPausesItNothingIsAskedAndNotProbed) {
    outage_.pause(true);
    EXPECT_TRUE(outage_.pauses());
    fail(errc::refused);  // of a question that was on the wire
    there_ = true;
    for (int i = 0; i < 60; ++i) pass(1s);
    EXPECT_EQ(probes_, 0);
    EXPECT_EQ(resumed_, 0);
    outage_.pause(false);
    EXPECT_EQ(resumed_, 0) << "it is still down, as far as is known";
    pass(1min);
    EXPECT_FALSE(outage_.pauses());
    EXPECT_EQ(resumed_, 1);
}

TEST_F(OutageTest, AfterAPauseQuestionsGoOnAtOnce) {
    outage_.pause(true);
    outage_.pause(true);
    outage_.pause(false);
    EXPECT_FALSE(outage_.pauses());
    EXPECT_EQ(resumed_, 1);
    outage_.pause(false);
    EXPECT_EQ(resumed_, 1) << "it was not paused";
}

TEST_F(OutageTest, TheFirstLookWaitsWhileAnOperatorPausesIt) {
    outage_.pause(true);
    there_ = true;
    tasks_.spawn("look", outage_.look());
    for (int i = 0; i < 60; ++i) pass(1s);
    EXPECT_EQ(probes_, 0);
    outage_.pause(false);
    pass(1min);
    EXPECT_EQ(probes_, 1);
    EXPECT_EQ(tasks_.running(), 0U);
}

TEST_F(OutageTest, AnOperatorHasItProbedBeforeTheTime) {
    fail(errc::refused);
    pass(1s);
    pass(2s);
    EXPECT_EQ(probes_, 2);
    there_ = true;
    outage_.probe_now();
    pass(0s);
    EXPECT_EQ(probes_, 3);
    EXPECT_FALSE(outage_.pauses());
    EXPECT_FALSE(outage_.trouble());
    EXPECT_EQ(returns_, 1);
    EXPECT_EQ(resumed_, 1);
    outage_.probe_now();
    pass(1min);
    EXPECT_EQ(probes_, 3) << "nothing waits for a probe";
}

}  // namespace
}  // namespace enrichd::test::outage_test
