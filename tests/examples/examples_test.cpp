// The examples of docs/dev/, in the real pipeline.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "examples/fifo/lines_of_fifo.hpp"
#include "examples/http_post/http_post.hpp"
#include "examples/listed_names/listed_names.hpp"
#include "examples/long_names/long_names.hpp"
#include "fakes/http_server.hpp"
#include "net/http_client.hpp"
#include "outputs/outputs.hpp"
#include "support/alerts.hpp"
#include "support/alerts_fixture.hpp"

namespace enrichd::test::examples_test {
namespace {

using namespace examples;
using namespace std::chrono_literals;

class ExampleStage : public AlertsFixture {
  protected:
    ExampleStage() {
        write_file(state_ / "names", "# of last week\nwww.bad.com\nnot a name\nWWW.Worse.com.\n");
        listed_.emplace(ListedNames::read(state_ / "names").value());
        pipeline_.add(*listed_);
        with_otx();
    }

    std::optional<ListedNames> listed_;
};

TEST_F(ExampleStage, ReportsAListedNameWithTheOthersAndAtOnceWhenTheyKnow) {
    for (const char* domain : {"bad.com", "good.com", "worse.com"})
        cache_.put(domain, ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    EXPECT_TRUE(pipeline_.at_once(job("www.good.com")));
    EXPECT_TRUE(sink_.events.empty());
    Job& listed = job("www.bad.com");
    EXPECT_FALSE(pipeline_.at_once(listed)) << "it is suspicious now, and OTX has to be asked";
    start("www.worse.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(sink_.events[0].kind, "listed_name");
    EXPECT_FALSE(http_.targets.empty());
    start("www.worse.com");
    EXPECT_EQ(finished_, 2) << "in the same turn of the loop";
}

TEST_F(ExampleStage, IsReportedOnceWhenAnAlertWaitsForTheStageBehindIt) {
    http_.silent = true;
    start("www.bad.com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("listed_name") == 1; }));
    const auto in_journal = kept();
    ASSERT_EQ(in_journal.size(), 1U);
    EXPECT_EQ(in_journal[0].stage, "otx") << "a restart does not report it again";
    EXPECT_EQ(in_journal[0].rank, Suspicion::new_domain);
}

class ExampleStageOfNames : public AlertsFixture {
  protected:
    ExampleStageOfNames() {
        pipeline_.add(long_names_);
        with_otx();
        cache_.put("x.com", ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    }
    static std::string name_of(std::size_t length) { return std::string(length - 6, 'a') + ".x.com"; }

    LongNames long_names_;
};

TEST_F(ExampleStageOfNames, FlagsNamesLongerThanFortyCharacters) {
    EXPECT_TRUE(pipeline_.at_once(job(name_of(40))));
    EXPECT_TRUE(pipeline_.at_once(job(name_of(40) + "."))) << "a dot at the end is no part of it";
    EXPECT_TRUE(sink_.events.empty());
    start(name_of(41));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(sink_.events[0].kind, "long_name");
    EXPECT_EQ(sink_.events[0].location, "[001] (pc) 10.0.0.1->long_name");
    EXPECT_EQ(sink_.events[0].json, R"({"integration":"long_name","long_name":{"query":")" + name_of(41) +
                                        R"(","length":41,"alert_id":"3"}})");
    EXPECT_FALSE(http_.targets.empty()) << "it is suspicious now, and OTX is asked";
}

TEST_F(ExampleStageOfNames, FlagsANameThatHasToWaitForTheDomainCheckWithTheVerdict) {
    start("www." + std::string(40, 'a') + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(provider_.asked_for.size(), 1U);
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U);
    EXPECT_EQ(sink_.with("long_name"), 1U);
    EXPECT_TRUE(kept().empty());
}

TEST_F(ExampleStageOfNames, FlagsANameOnceWhenARestartComesWhileItWaitsForOtx) {
    http_.silent = true;
    start(name_of(41));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("long_name") == 1 && !http_.targets.empty(); }));
    work_.cancel();
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
    EXPECT_EQ(finished_, 0);
    auto in_journal = kept();
    ASSERT_EQ(in_journal.size(), 1U);
    EXPECT_EQ(in_journal[0].stage, "otx");
    EXPECT_EQ(in_journal[0].rank, Suspicion::suspect_frequency);

    http_.silent = false;
    http_.targets.clear();
    Job again = job_of(std::move(in_journal[0]));
    EXPECT_TRUE(run(io_, pipeline_.run(again)));
    EXPECT_FALSE(http_.targets.empty()) << "OTX is asked again";
    EXPECT_EQ(sink_.with("long_name"), 1U);
    EXPECT_TRUE(kept().empty());
}

class ExampleSource : public PipelineFixture {
  protected:
    ExampleSource() {
        services_.spawn("fifo", source_.run(LinesOfFifo::open(state_ / "fifo").value()));
        io_.poll();
    }
    void write(const std::string& lines) {
        const Fd fifo(::open((state_ / "fifo").c_str(), O_WRONLY | O_CLOEXEC));
        ASSERT_EQ(::write(fifo.get(), lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
    }

    Recent recent_;
    Submit submit_{work_, pipeline_, recent_, {}};
    int unsafe_ = 0;
    LinesOfFifo source_{io_, submit_, [this] { ++unsafe_; }};
};

TEST_F(ExampleSource, BringsEachLineOnceAndRefusesWhatIsNone) {
    const std::string one = alert_for("www.x.com", "1");
    write(one + one + "no alert\n" + alert_for("www.y.com", "2"));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("YOUR-FIRST-CONTACT") == 2; }));
    EXPECT_EQ(source_.counts().received, 3U);
    EXPECT_EQ(source_.counts().rejected["not_json"], 1U);
    EXPECT_TRUE(run_until(io_, [&] { return work_.running() == 0; }));
}

TEST_F(ExampleSource, SkipsALineThatIsTooLongAndGoesOnBehindIt) {
    std::thread writer(
        [this] { write(std::string(3 * 1024 * 1024, 'x') + "\n" + alert_for("www.x.com", "1")); });
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("YOUR-FIRST-CONTACT") == 1; }));
    writer.join();
    EXPECT_EQ(source_.counts().rejected["too_long"], 1U);
    EXPECT_EQ(source_.counts().received, 2U);
}

TEST_F(ExampleSource, HearsOfALineThatCannotBeKept) {
    journal_.configure(0);
    write(alert_for("www.x.com", "1"));
    EXPECT_TRUE(run_until(io_, [&] { return unsafe_ == 1; }));
    EXPECT_EQ(source_.counts().received, 0U);
}

/// A real server, and outputs on a real state file.
class ExampleOutput : public testing::Test {
  protected:
    ExampleOutput() {
        HttpClientOptions to;
        to.upstream.host = "127.0.0.1";
        to.upstream.port = server_.port();
        http_.emplace(io_, lookup_, to);
        outputs_.add(std::make_unique<HttpPost>(*http_, "/events"));
        EXPECT_TRUE(run(io_, journal_.load()));
        EXPECT_FALSE(run(io_, outbox_.load({"http_post"})));
        tasks_.spawn("drain", outputs_.lanes().front().drain());
    }
    ~ExampleOutput() override {
        tasks_.cancel();
        run(io_, tasks_.drained(Clock::now() + 5s));
    }
    void report(const std::string& json) {
        Step step{outputs_.deliver({"domain_stats", "dns_stats", {"1", "pc", ""}, json}), {}};
        EXPECT_EQ(step.events.size(), 1U) << "it goes through the outbox";
        journal_.record(std::move(step));
    }
    fakes::Reply answer(const fakes::Request& request) {
        const std::lock_guard lock(guard_);
        if (request.method == "POST" && request.target == "/events" && status_ == 200)
            received_ += request.body;
        return fakes::answer(status_, "text/plain", "");
    }
    void set_status(unsigned status) {
        const std::lock_guard lock(guard_);
        status_ = status;
    }
    std::string received() {
        const std::lock_guard lock(guard_);
        return received_;
    }

    std::mutex guard_;
    unsigned status_ = 200;
    std::string received_;
    fakes::HttpServer server_{[this](const fakes::Request& request) { return answer(request); }};
    asio::io_context io_;
    Tasks tasks_{io_};
    Lookup lookup_{io_};
    std::optional<HttpClient> http_;
    TempDir state_;
    Database database_{io_, {state_ / "enrichd.db", false, 5ms}};
    Outbox outbox_{database_};
    Journal journal_{database_, outbox_, 1000};
    Outputs outputs_{io_, outbox_};
};

TEST_F(ExampleOutput, SendsEventsInTheirOrder) {
    std::string expected;
    for (int i = 0; i < 30; ++i) {
        const std::string json = "{\"n\":" + std::to_string(i) + "}";
        report(json);
        expected += json + "\n";
    }
    EXPECT_TRUE(run_until(io_, [&] { return received() == expected; })) << received();
    EXPECT_TRUE(run_until(io_, [&] { return outbox_.waiting() == 0; }));
    EXPECT_EQ(outputs_.lanes().front().sent()["domain_stats"], 30U);
}

TEST_F(ExampleOutput, KeepsEventsWhileTheServerFailsAndSendsEachOnce) {
    set_status(503);
    report("{\"n\":1}");
    report("{\"n\":2}");
    Lane& lane = outputs_.lanes().front();
    EXPECT_TRUE(
        run_until(io_, [&] { return lane.errors()["output_failed"] + lane.errors()["failed"] >= 2; }));
    EXPECT_TRUE(lane.trouble());
    EXPECT_EQ(outbox_.waiting(), 2U);
    set_status(200);
    EXPECT_TRUE(run_until(io_, [&] { return outbox_.waiting() == 0; }));
    EXPECT_EQ(received(), "{\"n\":1}\n{\"n\":2}\n");
    EXPECT_FALSE(lane.trouble());
}

TEST_F(ExampleOutput, RefusesWhatCannotBeKept) {
    EXPECT_FALSE(outputs_.deliver_or_refuse({"domain_stats", "dns_stats", {"1", "pc", ""}, "{}"}));
    EXPECT_EQ(received(), "");
}

}  // namespace
}  // namespace enrichd::test::examples_test
