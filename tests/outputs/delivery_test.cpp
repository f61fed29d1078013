// Alerts with several outputs, of which some fail, and a state file that takes no more.
#include <gtest/gtest.h>

#include "outputs/outputs.hpp"
#include "support/alerts.hpp"
#include "support/call_when_settled.hpp"
#include "support/pipeline_fixture.hpp"

namespace enrichd::test::telling_test {
namespace {

using namespace std::chrono_literals;

struct Reader {
    std::vector<std::string> got;
    error failure;
};

class ReadOutput final : public Output {
  public:
    ReadOutput(std::string_view name, Reader& reader) : name_(name), reader_(reader) {}
    std::string_view name() const override { return name_; }
    std::string_view advice() const override { return "See to it."; }
    std::string address() const override { return "there"; }
    bool takes(const Event&) const override { return true; }
    result<void> try_now(const Event& event) override {
        if (!reader_.failure) reader_.got.push_back(event.json);
        return probe();
    }
    result<void> probe() override {
        if (reader_.failure) return reader_.failure;
        return {};
    }

  private:
    std::string_view name_;
    Reader& reader_;
};

class TellingTest : public PipelineFixture {
  protected:
    TellingTest() {
        outputs_.add(std::make_unique<ReadOutput>("healthy", healthy_));
        outputs_.add(std::make_unique<ReadOutput>("other", other_));
        EXPECT_FALSE(run(io_, outbox_.load({"healthy", "other"})));
        teller_.keep_in(journal_);
        teller_.add(its_domain_check_);
        for (Lane& lane : outputs_.lanes()) services_.spawn("drain", lane.drain());
        cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    }

    /// Hands over an alert whose verdict is known. Whether it is safe.
    bool hand_over() {
        Job job;
        job.alert = {"1", {"001", "pc", "10.0.0.1"}, "www.x.com"};
        job.received = Clock::now();
        std::optional<bool> safe;
        job.ack.report_to(std::make_unique<CallWhenSettled>([&](bool yes) { safe = yes; }));
        (void)run(io_, teller_.run(job));
        return safe.value();
    }

    /// The state file takes nothing until `broken_` is false.
    void break_the_state_file() {
        *broken_ = true;
        database_.run_surely([broken = broken_](StateFile& file) {
            if (*broken) file.fail(errc::store_full, "as if");
        });
        EXPECT_TRUE(run_until(io_, [&] { return database_.trouble().has_value(); }));
    }

    std::shared_ptr<std::atomic<bool>> broken_ = std::make_shared<std::atomic<bool>>(false);
    Reader healthy_;
    Reader other_;
    Outputs outputs_{io_, outbox_};
    Pipeline teller_{outputs_};
    DomainCheck its_domain_check_{verdicts_, teller_};
};

TEST_F(TellingTest, AtTheBoundNothingIsWrittenThatCouldNotBeKeptForTheOthers) {
    journal_.configure(3);
    other_.failure = errc::output_absent;
    EXPECT_TRUE(hand_over());
    EXPECT_TRUE(hand_over());
    EXPECT_EQ(outbox_.waiting(), 2U);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(hand_over()) << "one place is left, and two could be needed";
    EXPECT_EQ(healthy_.got.size(), 2U);
    other_.failure = {};
    EXPECT_TRUE(run_until(io_, [&] { return outbox_.waiting() == 0; }));
    EXPECT_TRUE(hand_over());
    EXPECT_EQ(healthy_.got.size(), 3U);
    EXPECT_EQ(other_.got.size(), 3U);
}

TEST_F(TellingTest, AnOutputThatFailedOnceIsTriedAgainThoughNothingCanBeKept) {
    break_the_state_file();
    EXPECT_TRUE(hand_over()) << "the outputs take it";
    healthy_.failure = other_.failure = errc::output_full;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(hand_over());
    healthy_.failure = other_.failure = {};
    EXPECT_TRUE(hand_over());
    EXPECT_EQ(healthy_.got.size(), 2U);
    EXPECT_EQ(other_.got.size(), 2U);
    *broken_ = false;
}

TEST_F(TellingTest, AnEventThatOneOutputCannotHaveGoesToNoOtherWhileNothingCanBeKept) {
    break_the_state_file();
    other_.failure = errc::output_failed;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(hand_over());
    EXPECT_LE(healthy_.got.size(), 1U) << "that the other fails was not known before";
    *broken_ = false;
    EXPECT_TRUE(run_until(io_, [&] { return !database_.trouble(); }));
    EXPECT_TRUE(hand_over()) << "it is kept now";
    other_.failure = {};
    EXPECT_TRUE(run_until(io_, [&] { return other_.got.size() == 1; }));
}

}  // namespace
}  // namespace enrichd::test::telling_test
