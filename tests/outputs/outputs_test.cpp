#include "outputs/outputs.hpp"

#include <gtest/gtest.h>

#include "store/journal.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::outputs_test {
namespace {

using namespace std::chrono_literals;

class ScriptedOutput final : public Output {
  public:
    ScriptedOutput(std::string_view name, std::vector<std::string>& written, error& failure)
        : name_(name), written_(written), failure_(failure) {}
    std::string_view name() const override { return name_; }
    std::string_view advice() const override { return "See to it."; }
    std::string address() const override { return "there"; }
    bool takes(const Event& event) const override { return event.kind != "other"; }
    result<void> try_now(const Event& event) override {
        if (failure_) return failure_;
        written_.push_back(event.json);
        return {};
    }
    result<void> probe() override {
        if (failure_) return failure_;
        return {};
    }
    std::vector<Event> take_back() override { return std::exchange(lost, {}); }

    std::vector<Event> lost;

  private:
    std::string_view name_;
    std::vector<std::string>& written_;
    error& failure_;
};

class OutputsTest : public testing::Test {
  protected:
    OutputsTest() {
        outputs_.add(std::make_unique<ScriptedOutput>("first", first_, first_failure_));
        outputs_.add(std::make_unique<ScriptedOutput>("second", second_, second_failure_));
        EXPECT_TRUE(run(io_, journal_.load()));
        EXPECT_FALSE(run(io_, outbox_.load({"first", "second"})));
    }
    ~OutputsTest() override {
        tasks_.cancel();
        run(io_, tasks_.drained(Clock::now() + 5s));
    }
    void drain() {
        for (Lane& lane : outputs_.lanes()) tasks_.spawn("drain", lane.drain());
    }
    /// Delivers, and has written down what is left, as the enricher does.
    std::size_t deliver(std::string json) {
        Step step{outputs_.deliver({"domain_stats", "dns_stats", {"1", "pc", ""}, std::move(json)}), {}};
        const std::size_t left = step.events.size();
        if (left > 0) journal_.record(std::move(step));
        return left;
    }

    /// The first output in the next run, on the same file.
    struct NextRun {
        explicit NextRun(OutputsTest& test) : outbox(test.database_), outputs(test.io_, outbox) {
            outputs.add(std::make_unique<ScriptedOutput>("first", written, fine));
        }
        Lane& lane() { return outputs.lanes().front(); }

        Outbox outbox;
        Outputs outputs;
        std::vector<std::string> written;
        error fine;
    };

    asio::io_context io_;
    Tasks tasks_{io_};
    TempDir dir_;
    Database database_{io_, {dir_ / "enrichd.db", false, 5ms}};
    Outbox outbox_{database_};
    Journal journal_{database_, outbox_, 1000};
    std::vector<std::string> first_;
    std::vector<std::string> second_;
    error first_failure_;
    error second_failure_;
    std::vector<std::string> third_;
    error third_failure_;
    Outputs outputs_{io_, outbox_};
};

TEST_F(OutputsTest, WritesToAllWithoutWaiting) {
    EXPECT_EQ(deliver("a"), 0U);
    EXPECT_EQ(first_, std::vector<std::string>{"a"});
    EXPECT_EQ(second_, std::vector<std::string>{"a"});
    EXPECT_EQ(outputs_.lanes().front().sent()["domain_stats"], 1U);
}

TEST_F(OutputsTest, AnOutputGetsWhatItTakes) {
    EXPECT_TRUE(outputs_.deliver({"other", "otx", {}, "{}"}).empty());
    EXPECT_TRUE(first_.empty() && second_.empty());
}

TEST_F(OutputsTest, EventsWaitInOrderForAnOutputThatIsAwayAndAreWrittenOnce) {
    second_failure_ = errc::output_absent;
    for (const char* json : {"a", "b"}) EXPECT_EQ(deliver(json), 1U);
    drain();
    io_.run_for(20ms);
    second_failure_ = {};
    EXPECT_EQ(deliver("c"), 1U) << "it is there again, and those that wait come first";
    EXPECT_EQ(first_, (std::vector<std::string>{"a", "b", "c"})) << "the other output does not wait";
    EXPECT_TRUE(run_until(io_, [&] { return second_.size() == 3; }));
    EXPECT_EQ(second_, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(first_.size(), 3U);
    EXPECT_FALSE(outputs_.lanes().back().trouble());
    EXPECT_TRUE(run_until(io_, [&] { return outbox_.waiting() == 0; }));
    EXPECT_EQ(deliver("d"), 0U) << "nothing waits, so it goes out at once";
}

TEST_F(OutputsTest, WhatAnOutputMayHaveLostIsInTheStateFileBeforeTheNextEvent) {
    auto output = std::make_unique<ScriptedOutput>("third", third_, third_failure_);
    ScriptedOutput& third = *output;
    outputs_.add(std::move(output));
    third_failure_ = errc::output_absent;
    third.lost.push_back({"domain_stats", "dns_stats", {}, "lost"});
    deliver("next");
    EXPECT_EQ(outbox_.waiting("third"), 2U);
    const auto kept = run(io_, outbox_.oldest("third", 10));
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 2U);
    EXPECT_EQ(kept->front().event.json, "lost");
    EXPECT_EQ(kept->back().event.json, "next");
}

TEST_F(OutputsTest, WhileNothingCanBeKeptTheOutputThatFailedIsTriedBeforeTheOthers) {
    const Event event{"domain_stats", "dns_stats", {"1", "pc", ""}, "a"};
    EXPECT_EQ(outputs_.copies(event), 2U);
    second_failure_ = errc::output_full;
    EXPECT_FALSE(outputs_.deliver_or_refuse(event)) << "nobody knew";
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(outputs_.deliver_or_refuse(event));
    EXPECT_EQ(first_.size(), 1U) << "not once more";
    EXPECT_EQ(outbox_.waiting(), 0U);
    second_failure_ = {};
    EXPECT_TRUE(outputs_.deliver_or_refuse(event)) << "it is tried although it failed";
    EXPECT_EQ(second_.size(), 1U);
}

TEST_F(OutputsTest, WhileNothingCanBeKeptNothingIsWrittenWhereOthersWait) {
    second_failure_ = errc::output_absent;
    deliver("a");
    second_failure_ = {};
    EXPECT_FALSE(outputs_.deliver_or_refuse({"domain_stats", "dns_stats", {"1", "pc", ""}, "b"}));
    EXPECT_EQ(first_, std::vector<std::string>{"a"});
}

TEST_F(OutputsTest, AnOutputIsFoundToWorkAgainWithoutAnEvent) {
    drain();
    first_failure_ = errc::output_full;
    EXPECT_FALSE(outputs_.deliver_or_refuse({"domain_stats", "dns_stats", {"1", "pc", ""}, "a"}));
    EXPECT_TRUE(outputs_.lanes().front().trouble());
    first_failure_ = {};
    EXPECT_TRUE(run_until(io_, [&] { return !outputs_.lanes().front().trouble(); }));
}

TEST_F(OutputsTest, WhatWasClaimedAndNeverKeptIsNotWaitedForForEver) {
    drain();
    outbox_.claim("first");
    EXPECT_TRUE(run_until(io_, [&] { return outbox_.waiting() == 0; }));
    EXPECT_EQ(deliver("a"), 0U);
}

TEST_F(OutputsTest, WhatWaitedGoesOutAtAPaceThatLeavesRoomForOthers) {
    first_failure_ = errc::output_full;
    for (int i = 0; i < 200; ++i) deliver(std::to_string(i));
    first_failure_ = {};
    drain();
    const auto start = Clock::now();
    EXPECT_TRUE(run_until(io_, [&] { return first_.size() == 200; }));
    EXPECT_GE(Clock::now() - start, 190ms) << "1,000 a second";
}

TEST_F(OutputsTest, AnEarlierRunsEventsGoOutFirst) {
    first_failure_ = errc::output_absent;
    for (int i = 0; i < 100; ++i) deliver(std::to_string(i));
    run_until(io_, [&] { return database_.waiting() == 0; });

    NextRun next(*this);
    ASSERT_FALSE(run(io_, next.outbox.load({"first"})));
    EXPECT_EQ(next.outbox.waiting(), 100U);
    Step step{next.outputs.deliver({"domain_stats", "dns_stats", {}, "new"}), {}};
    ASSERT_EQ(step.events.size(), 1U);
    journal_.record(std::move(step));
    tasks_.spawn("drain", next.lane().drain());
    EXPECT_TRUE(run_until(io_, [&] { return next.written.size() == 101; }));
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(next.written[i], std::to_string(i));
    EXPECT_EQ(next.written.back(), "new");
    tasks_.cancel();
    run(io_, tasks_.drained(Clock::now() + 5s));
}

TEST_F(OutputsTest, WhatIsFoundLateInTheFileGoesOutToo) {
    first_failure_ = errc::output_absent;
    for (int i = 0; i < 5; ++i) deliver(std::to_string(i));
    run_until(io_, [&] { return database_.waiting() == 0; });

    NextRun next(*this);
    tasks_.spawn("drain", next.lane().drain());
    io_.restart();
    io_.poll();
    ASSERT_FALSE(run(io_, next.outbox.load({"first"})));
    next.lane().wake();
    EXPECT_TRUE(run_until(io_, [&] { return next.written.size() == 5; }));
    tasks_.cancel();
    run(io_, tasks_.drained(Clock::now() + 5s));
}

TEST_F(OutputsTest, AnotherFileIsCountedAnewAndItsEventsAreNotTakenForOthers) {
    first_failure_ = errc::output_absent;
    for (int i = 0; i < 5; ++i) deliver("old" + std::to_string(i));
    drain();
    EXPECT_TRUE(run_until(io_, [&] { return database_.waiting() == 0; }));
    run_until(
        io_, [] { return false; }, 20ms);  // the drain has read them and tries
    const error damaged =
        run(io_, database_.run([](StateFile& file) { file.fail(errc::store_corrupt, "as if"); }));
    ASSERT_EQ(damaged, errc::store_corrupt);
    for (const char* file : {"enrichd.db", "enrichd.db-wal"}) std::filesystem::remove(dir_ / file);
    ASSERT_TRUE(run_until(io_, [&] { return !database_.trouble(); }));
    ASSERT_FALSE(run(io_, outbox_.recount()));
    EXPECT_EQ(outbox_.waiting("first"), 0U);
    for (int i = 0; i < 3; ++i) deliver("new" + std::to_string(i));
    first_failure_ = {};
    EXPECT_TRUE(run_until(io_, [&] { return outbox_.waiting() == 0; }));
    EXPECT_EQ(
        std::count_if(first_.begin(), first_.end(), [](const auto& one) { return one.starts_with("new"); }),
        3);
}

TEST_F(OutputsTest, WhatWaitedForAnOutputThatIsNoMoreIsDropped) {
    first_failure_ = errc::output_absent;
    deliver("a");
    run_until(io_, [&] { return database_.waiting() == 0; });
    Outbox again(database_);
    ASSERT_FALSE(run(io_, again.load({"second"})));
    EXPECT_EQ(again.waiting(), 0U);
    EXPECT_TRUE(run(io_, again.oldest("first", 10)).value().empty());
}

TEST_F(OutputsTest, AnEventThatCanNeverBeWrittenIsDroppedAndCounted) {
    second_failure_ = errc::output_too_long;
    EXPECT_EQ(deliver("a"), 0U);
    EXPECT_EQ(outputs_.lanes().back().errors()["too_long"], 1U);
}

}  // namespace
}  // namespace enrichd::test::outputs_test
