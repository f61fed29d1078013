#include "output/outputs.hpp"

#include <gtest/gtest.h>

#include "support/run.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

class ScriptedOutput final : public Output {
  public:
    explicit ScriptedOutput(std::vector<std::string>& written, error& failure)
        : written_(written), failure_(failure) {}
    std::string_view name() const override { return "scripted"; }
    bool takes(const Event& event) const override { return event.kind != "other"; }
    result<void> write(const Event& event) override {
        if (failure_) return failure_;
        written_.push_back(event.json);
        return {};
    }

  private:
    std::vector<std::string>& written_;
    error& failure_;
};

class OutputsTest : public testing::Test {
  protected:
    OutputsTest() {
        outputs_.add(std::make_unique<ScriptedOutput>(first_, first_failure_));
        outputs_.add(std::make_unique<ScriptedOutput>(second_, second_failure_));
    }
    task<void> deliver(std::string json) {
        Event event{"domain_stats", "dns_stats", {}, std::move(json)};
        Sink::BeforeWaiting count = [this](bool reached_one) {
            ++(reached_one ? waits_for_second_ : waits_for_first_);
        };
        const bool done = co_await outputs_.deliver(std::move(event), std::move(count));
        if (done) ++delivered_;
    }

    asio::io_context io_;
    Tasks tasks_{io_};
    std::vector<std::string> first_;
    std::vector<std::string> second_;
    error first_failure_;
    error second_failure_;
    Outputs outputs_{io_};
    int waits_for_first_ = 0;
    int waits_for_second_ = 0;
    int delivered_ = 0;
};

TEST_F(OutputsTest, WritesToAllWithoutWaiting) {
    run(io_, deliver("a"));
    EXPECT_EQ(first_, std::vector<std::string>{"a"});
    EXPECT_EQ(second_, std::vector<std::string>{"a"});
    EXPECT_EQ(waits_for_first_ + waits_for_second_, 0);
    EXPECT_EQ(outputs_.lanes().front().sent()["domain_stats"], 1U);
}

TEST_F(OutputsTest, AnOutputGetsWhatItTakes) {
    Event other{"other", "otx", {}, "{}"};
    Sink::BeforeWaiting nobody = [](bool) {};
    EXPECT_TRUE(run(io_, outputs_.deliver(std::move(other), std::move(nobody))));
    EXPECT_TRUE(first_.empty() && second_.empty());
}

TEST_F(OutputsTest, EventsWaitInOrderForAnOutputThatIsAwayAndAreWrittenOnce) {
    second_failure_ = errc::output_absent;
    for (const char* json : {"a", "b", "c"}) tasks_.spawn("deliver", deliver(json));
    io_.run_for(20ms);
    EXPECT_EQ(first_, (std::vector<std::string>{"a", "b", "c"})) << "the other output does not wait";
    EXPECT_EQ(waits_for_second_, 3);
    EXPECT_EQ(waits_for_first_, 0);
    EXPECT_EQ(outputs_.lanes().back().waiting(), 3U);
    EXPECT_EQ(*outputs_.lanes().back().trouble(), errc::output_absent);
    second_failure_ = {};
    EXPECT_TRUE(run(io_, tasks_.drained(Clock::now() + 5s)));
    EXPECT_EQ(second_, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(first_.size(), 3U);
    EXPECT_EQ(delivered_, 3);
    EXPECT_FALSE(outputs_.lanes().back().trouble());
}

TEST_F(OutputsTest, AnEventThatCanNeverBeWrittenIsDroppedAndCounted) {
    second_failure_ = errc::output_too_long;
    run(io_, deliver("a"));
    EXPECT_EQ(delivered_, 1);
    EXPECT_EQ(outputs_.lanes().back().errors()["too_long"], 1U);
}

TEST_F(OutputsTest, ACancelledDeliveryIsNone) {
    first_failure_ = errc::output_full;
    for (const char* json : {"a", "b"}) tasks_.spawn("deliver", deliver(json));
    io_.run_for(5ms);
    tasks_.cancel();
    EXPECT_TRUE(run(io_, tasks_.drained(Clock::now() + 5s)));
    EXPECT_EQ(delivered_, 0);
    EXPECT_TRUE(second_.empty());
}

}  // namespace
}  // namespace enrichd::test
